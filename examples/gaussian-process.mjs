/** @type {import('./example.ts').Example} */
export default {
  name: 'gaussian-process',
  title: 'Marginal likelihood of a Gaussian process',
  group: 'Probabilistic models',
  about:
    'The negative log marginal likelihood by the parameters of its kernel: amplitude s, a length scale for each input ' +
    'and the noise t. The kernel is built from the data in index notation, so that its own derivatives appear in the answer. ' +
    'The text writes inv(C)*y; a solve computes it.',
  source: 'Rasmussen and Williams 2006, Gaussian processes for machine learning, MIT Press, equations 5.8 and 5.9',
  text: `K[i,j] = s^2*exp(-sum[a]((X[i,a] - X[j,a])^2/l[a]^2)/2)
C = K + t^2*eye(n)
(y'*inv(C)*y + logdet(C) + n*log(2*pi))/2`,
  variables: {
    X: 'matrix(n,d)',
    y: 'vector(n)',
    s: 'scalar positive',
    l: 'vector(d) positive',
    t: 'scalar positive',
  },
  wrt: ['s', 'l', 't'],
  orders: [1, 2],
  sizes: { n: 6, d: 3 },
  large: { n: 2000, d: 8 },
}
