/** @type {import('./example.ts').Example} */
export default {
  name: 'matrix-factorization',
  title: 'Matrix factorization',
  group: 'Factorization',
  about:
    'The Hessian by a factor has n²·k² entries and is k² numbers times a unit tensor: 2·(V’V) ⊗ I. Its Newton step is one ' +
    'factorisation of size k, the step of alternating least squares.',
  source: 'Laue, Mitterreiter and Giesen 2020, A simple and efficient tensor calculus, arXiv:2010.03313, section 3.3',
  text: "norm2(T - U*V')^2",
  variables: { T: 'matrix(n,m)', U: 'matrix(n,k)', V: 'matrix(m,k)' },
  wrt: ['U', 'V'],
  orders: [1, 2],
  sizes: { n: 5, m: 4, k: 2 },
  large: { n: 20000, m: 3000, k: 5 },
  quadraticIn: ['U', 'V'],
}
