/** @type {import('./example.ts').Example} */
export default {
  name: 'kalman-filter',
  title: 'One step of a Kalman filter',
  group: 'Probabilistic models',
  about:
    'The negative log likelihood of a measurement z after one prediction, by the transition F, the process noise Q and the ' +
    'measurement noise V: what a gradient method needs to fit a filter to data.',
  source: 'Kalman 1960, A new approach to linear filtering and prediction problems, J. Basic Eng. 82, 35–45',
  text: `P = F*S*F' + Q
R = H*P*H' + V
e = z - H*F*x
(e'*inv(R)*e + logdet(R))/2`,
  variables: {
    F: 'matrix(n,n)',
    S: 'psd(n)',
    Q: 'psd(n)',
    H: 'matrix(m,n)',
    V: 'psd(m)',
    z: 'vector(m)',
    x: 'vector(n)',
  },
  wrt: ['F', 'Q', 'V'],
  orders: [1, 2],
  sizes: { n: 3, m: 2 },
  large: { n: 50, m: 20 },
}
