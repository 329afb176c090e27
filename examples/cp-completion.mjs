/** @type {import('./example.ts').Example} */
export default {
  name: 'cp-completion',
  title: 'CP completion of a tensor',
  group: 'Factorization',
  about:
    'A tensor of order 3 as a sum of r rank-1 tensors, fitted where the mask W is 1. The function is quadratic in each ' +
    'factor, so that the Newton step by A solves its normal equations: a system of size r for each row of A.',
  source: 'Kolda and Bader 2009, Tensor decompositions and applications, SIAM Review 51(3), section 3',
  text: `M[i,j,k] = sum[r](A[i,r]*B[j,r]*C[k,r])
sum[i,j,k](W[i,j,k]*(T[i,j,k] - M[i,j,k])^2)/2`,
  variables: {
    A: 'matrix(n,r)',
    B: 'matrix(m,r)',
    C: 'matrix(l,r)',
    W: 'tensor(n,m,l)',
    T: 'tensor(n,m,l)',
  },
  wrt: ['A', 'B', 'C'],
  orders: [1, 2],
  sizes: { n: 4, m: 5, l: 3, r: 2 },
  large: { n: 1000, m: 200, l: 50, r: 10 },
  contents: { W: 'mask' },
  quadraticIn: ['A', 'B', 'C'],
}
