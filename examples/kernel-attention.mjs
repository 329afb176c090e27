/** @type {import('./example.ts').Example} */
export default {
  name: 'kernel-attention',
  title: 'Attention with a Gaussian kernel instead of softmax',
  group: 'Attention',
  about:
    'Weights exp(−‖q − k‖²/2) without normalisation. The squared distance is written by its elements; the derivatives ' +
    'keep the differences Q[i,a] − K[j,a] as they are. The Hessian by Q is a block for each query.',
  source:
    'Tsai et al. 2019, Transformer dissection: a unified understanding of transformer’s attention via the lens of kernel, arXiv:1908.11775',
  text: `A[i,j] = exp(-norm2[a](Q[i,a] - K[j,a])^2/2)
norm2(A*V - Y)^2/2`,
  variables: { Q: 'matrix(n,d)', K: 'matrix(m,d)', V: 'matrix(m,v)', Y: 'matrix(n,v)' },
  wrt: ['Q', 'K', 'V'],
  orders: [1, 2],
  sizes: { n: 5, m: 4, d: 3, v: 2 },
  large: { n: 1024, m: 1024, d: 64, v: 64 },
  quadraticIn: ['V'],
}
