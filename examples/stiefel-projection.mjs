/** @type {import('./example.ts').Example} */
export default {
  name: 'stiefel-projection',
  title: 'A gradient on the Stiefel manifold',
  group: 'Geometry',
  about:
    'The gradient of a trace form, projected on the tangent space at a matrix X with orthonormal columns. The gradient is ' +
    'written as grad(f, X) in the program; the derivative of the projected one is what a Riemannian Newton method needs.',
  source: 'Absil, Mahony and Sepulchre 2008, Optimization algorithms on matrix manifolds, Princeton, section 3.6',
  text: `G = grad(-tr(X'*A*X*N)/2, X)
G - X*(X'*G + G'*X)/2`,
  variables: { X: 'matrix(n,k)', A: 'symmetric(n)', N: 'diagonal(k)' },
  wrt: ['X'],
  orders: [1, 2],
  sizes: { n: 4, k: 2 },
  large: { n: 1000, k: 5 },
  contents: { X: 'orthonormal' },
}
