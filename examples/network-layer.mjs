/** @type {import('./example.ts').Example} */
export default {
  name: 'network-layer',
  title: 'The first layer of a network with two hidden layers',
  group: 'Learning',
  about:
    'Squared error of a network with tanh units, by the weights of its first layer. The Hessian is a sum over the samples ' +
    'of inputs times inputs times a matrix of the units: the product is kept, as in Kronecker-factored curvature.',
  source:
    'Martens and Grosse 2015, Optimizing neural networks with Kronecker-factored approximate curvature, arXiv:1503.05671',
  text: `H1 = tanh(X*W1)
H2 = tanh(H1*W2)
norm2(H2*w - y)^2/2`,
  variables: {
    X: 'matrix(n,d)',
    W1: 'matrix(d,h)',
    W2: 'matrix(h,k)',
    w: 'vector(k)',
    y: 'vector(n)',
  },
  wrt: ['W1'],
  orders: [1, 2],
  sizes: { n: 7, d: 4, h: 3, k: 2 },
  large: { n: 1000, d: 100, h: 50, k: 20 },
}
