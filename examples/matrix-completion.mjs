/** @type {import('./example.ts').Example} */
export default {
  name: 'matrix-completion',
  title: 'Matrix completion',
  group: 'Factorization',
  about:
    'Factorization where only the entries of the mask W were observed, as in a table of ratings. Each row of U has a block of ' +
    'its own in the Hessian: n·k² numbers, and the Newton step solves n small systems.',
  source: 'Koren, Bell and Volinsky 2009, Matrix factorization techniques for recommender systems, Computer 42(8)',
  text: "norm2(W.*(T - U*V'))^2 + c*norm2(U)^2 + c*norm2(V)^2",
  variables: {
    W: 'matrix(n,m)',
    T: 'matrix(n,m)',
    U: 'matrix(n,k)',
    V: 'matrix(m,k)',
    c: 'scalar positive',
  },
  wrt: ['U', 'V'],
  orders: [1, 2],
  sizes: { n: 5, m: 4, k: 2 },
  large: { n: 20000, m: 3000, k: 5 },
  contents: { W: 'mask' },
  quadraticIn: ['U', 'V'],
}
