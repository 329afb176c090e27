/** @type {import('./example.ts').Example} */
export default {
  name: 'whitening',
  title: 'Whitening by the inverse square root',
  group: 'Matrix functions',
  about:
    'Data multiplied by the inverse square root of a covariance, against targets: the layer that decorrelates features. ' +
    'The derivative by the covariance passes through a Sylvester equation.',
  source: 'Huang et al. 2018, Decorrelated batch normalization, arXiv:1804.08450',
  text: 'norm2(X*inv(sqrtm(A)) - Y)^2/2',
  variables: { X: 'matrix(m,n)', A: 'psd(n)', Y: 'matrix(m,n)' },
  wrt: ['A', 'X'],
  orders: [1, 2],
  sizes: { m: 4, n: 3 },
  large: { m: 1000, n: 100 },
  quadraticIn: ['X'],
}
