/** @type {import('./example.ts').Example} */
export default {
  name: 'softmax-attention',
  title: 'Softmax attention with a causal mask',
  group: 'Attention',
  about:
    'The squared error of one attention head. Token i attends to the tokens j ≤ i only; excluded pairs are never evaluated, ' +
    'in derivatives too. The Hessian by Q is a block for each token, n·d² numbers instead of n²·d²; the one by V is a ' +
    'matrix of tokens times a unit tensor.',
  source: 'Vaswani et al. 2017, Attention is all you need, arXiv:1706.03762, section 3.2',
  text: `S = Q*K'/sqrt(d)
P[i,j] = softmax[j: j <= i](S[i,j])
norm2(P*V - Y)^2/2`,
  variables: { Q: 'matrix(n,d)', K: 'matrix(n,d)', V: 'matrix(n,v)', Y: 'matrix(n,v)' },
  wrt: ['Q', 'K', 'V'],
  orders: [1, 2],
  sizes: { n: 4, d: 3, v: 2 },
  large: { n: 1024, d: 64, v: 64 },
  quadraticIn: ['V'],
}
