/** @type {import('./example.ts').Example} */
export default {
  name: 'fixed-rank-projection',
  title: 'A gradient on the manifold of matrices of fixed rank',
  group: 'Geometry',
  about:
    'The gradient of a completion problem at X = U·diag(s)·V’, projected on the tangent space of the matrices of the same rank, ' +
    'by the singular vectors.',
  source: 'Vandereycken 2013, Low-rank matrix completion by Riemannian optimization, SIAM J. Optim. 23(2), 1214–1236',
  text: `G = W.*(U*diag(s)*V' - T)
U*U'*G + G*V*V' - U*U'*G*V*V'`,
  variables: {
    W: 'matrix(n,m)',
    U: 'matrix(n,k)',
    s: 'vector(k) positive',
    V: 'matrix(m,k)',
    T: 'matrix(n,m)',
  },
  wrt: ['U', 's', 'V'],
  orders: [1, 2],
  sizes: { n: 4, m: 3, k: 2 },
  large: { n: 200, m: 100, k: 5 },
  contents: { W: 'mask', U: 'orthonormal', V: 'orthonormal' },
}
