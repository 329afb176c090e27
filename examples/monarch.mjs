/** @type {import('./example.ts').Example} */
export default {
  name: 'monarch',
  title: 'Monarch factors',
  group: 'Learning',
  about:
    'Two block-diagonal matrices with a permutation between them in place of a dense weight matrix. The permutation is a ' +
    'change of the order of indices and costs nothing, in derivatives too.',
  source:
    'Dao et al. 2022, Monarch: expressive structured matrices for efficient and accurate training, arXiv:2204.00595',
  text: `Z[s,b,p] = sum[q](R[b,p,q]*X[s,b,q])
U[s,a,p] = sum[b](L[p,a,b]*Z[s,b,p])
sum[s,a,p]((U[s,a,p] - Y[s,a,p])^2)/2`,
  variables: {
    R: 'tensor(k,r,m)',
    X: 'tensor(n,k,m)',
    L: 'tensor(r,l,k)',
    Y: 'tensor(n,l,r)',
  },
  wrt: ['L', 'R'],
  orders: [1, 2],
  sizes: { n: 7, k: 3, r: 2, m: 4, l: 5 },
  large: { n: 512, k: 32, r: 32, m: 32, l: 32 },
  quadraticIn: ['L', 'R'],
}
