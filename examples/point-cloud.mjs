/** @type {import('./example.ts').Example} */
export default {
  name: 'point-cloud',
  title: 'Distances in a point cloud',
  group: 'Geometry',
  about:
    'Points whose pairwise distances approach given ones. A framework that formed intermediate tensors of the Hessian asked ' +
    'for 551 GB at 2483 points in space; here the terms hold one d×d block for each pair.',
  source: 'Kruskal 1964, Multidimensional scaling, Psychometrika 29, 1–27; github.com/google/jax issue 787',
  text: 'sum[i,j: i < j]((norm2[a](X[i,a] - X[j,a]) - D[i,j])^2)',
  variables: { X: 'matrix(n,d)', D: 'matrix(n,n) positive' },
  wrt: ['X'],
  orders: [1, 2],
  sizes: { n: 5, d: 3 },
  large: { n: 2483, d: 3 },
}
