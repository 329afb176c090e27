/** @type {import('./example.ts').Example} */
export default {
  name: 'matrix-square-root',
  title: 'A loss of the matrix square root',
  group: 'Matrix functions',
  about:
    'The distance of the square root of a covariance from a target, as in the Bures distance. The gradient is one Sylvester ' +
    'equation with the root, which frameworks without a derivative of sqrtm cannot give.',
  source: 'Higham 2008, Functions of matrices, SIAM, chapter 6',
  text: 'norm2(sqrtm(A) - B)^2/2',
  variables: { A: 'psd(n)', B: 'matrix(n,n)' },
  wrt: ['A'],
  orders: [1, 2],
  sizes: { n: 3 },
  large: { n: 200 },
}
