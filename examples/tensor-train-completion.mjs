/** @type {import('./example.ts').Example} */
export default {
  name: 'tensor-train-completion',
  title: 'Tensor-train completion',
  group: 'Factorization',
  about:
    'A tensor of order 3 as a chain of three factors, fitted where the mask W is 1. The Hessian by the middle factor, of order ' +
    '6, is a block for each of its slices.',
  source: 'Oseledets 2011, Tensor-train decomposition, SIAM J. Sci. Comput. 33(5), 2295–2317',
  text: `M[i,j,k] = sum[p,q](A[i,p]*B[p,j,q]*C[q,k])
sum[i,j,k](W[i,j,k]*(T[i,j,k] - M[i,j,k])^2)/2`,
  variables: {
    A: 'matrix(n,p)',
    B: 'tensor(p,m,q)',
    C: 'matrix(q,l)',
    W: 'tensor(n,m,l)',
    T: 'tensor(n,m,l)',
  },
  wrt: ['A', 'B', 'C'],
  orders: [1, 2],
  sizes: { n: 4, m: 5, l: 6, p: 2, q: 3 },
  large: { n: 1000, m: 200, l: 50, p: 8, q: 8 },
  contents: { W: 'mask' },
  quadraticIn: ['A', 'B', 'C'],
}
