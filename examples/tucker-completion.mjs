/** @type {import('./example.ts').Example} */
export default {
  name: 'tucker-completion',
  title: 'Tucker completion of a tensor',
  group: 'Factorization',
  about:
    'A small core G multiplied by a matrix along each axis, fitted where the mask W is 1. By each matrix the Hessian is a ' +
    'block for each row; by the core it is a dense tensor of order 6.',
  source: 'Tucker 1966, Some mathematical notes on three-mode factor analysis, Psychometrika 31(3), 279–311',
  text: `M[i,j,k] = sum[p,q,r](G[p,q,r]*A[i,p]*B[j,q]*C[k,r])
sum[i,j,k](W[i,j,k]*(T[i,j,k] - M[i,j,k])^2)/2`,
  variables: {
    G: 'tensor(p,q,r)',
    A: 'matrix(n,p)',
    B: 'matrix(m,q)',
    C: 'matrix(l,r)',
    W: 'tensor(n,m,l)',
    T: 'tensor(n,m,l)',
  },
  wrt: ['A', 'B', 'C', 'G'],
  orders: [1, 2],
  sizes: { n: 4, m: 5, l: 6, p: 2, q: 3, r: 2 },
  large: { n: 1000, m: 200, l: 50, p: 8, q: 6, r: 5 },
  contents: { W: 'mask' },
  quadraticIn: ['A', 'B', 'C', 'G'],
}
