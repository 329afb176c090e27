/** @type {import('./example.ts').Example} */
export default {
  name: 'step-sizes',
  title: 'A Newton step size for each layer',
  group: 'Learning',
  about:
    'The loss along one given direction in each layer, as a function of the two step sizes s. At s = 0 its derivatives are ' +
    'summaries of those by the weights: a 2×2 matrix of order 2, a 2×2×2 tensor of order 3, whatever the size of the network. ' +
    'The Newton step of s is a step size for each layer.',
  source:
    'Wolinski 2023, Adapting Newton’s method to neural networks through a summary of higher-order derivatives, arXiv:2312.03885',
  text: `H = tanh(X*(W1 - s[1]*D1))
norm2(H*(w2 - s[2]*d2) - y)^2/2`,
  variables: {
    X: 'matrix(n,d)',
    W1: 'matrix(d,h)',
    s: 'vector(2)',
    D1: 'matrix(d,h)',
    w2: 'vector(h)',
    d2: 'vector(h)',
    y: 'vector(n)',
  },
  wrt: ['s'],
  orders: [1, 2, 3],
  sizes: { n: 7, d: 4, h: 3 },
  large: { n: 1000, d: 100, h: 50 },
}
