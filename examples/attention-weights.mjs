/** @type {import('./example.ts').Example} */
export default {
  name: 'attention-weights',
  title: 'Causal attention by its weight matrices',
  group: 'Attention',
  about:
    'Queries, keys and values are linear in the tokens X, and the derivatives are by the three weight matrices. ' +
    'Frameworks give the gradient; the Hessian of a layer in closed form is rarely seen.',
  source: 'Vaswani et al. 2017, Attention is all you need, arXiv:1706.03762, section 3.2',
  text: `S = (X*Wq)*(X*Wk)'/sqrt(d)
P[i,j] = softmax[j: j <= i](S[i,j])
norm2(P*X*Wv - Y)^2/2`,
  variables: { X: 'matrix(n,m)', Wq: 'matrix(m,d)', Wk: 'matrix(m,d)', Wv: 'matrix(m,v)', Y: 'matrix(n,v)' },
  wrt: ['Wq', 'Wk', 'Wv'],
  orders: [1, 2],
  sizes: { n: 5, m: 4, d: 3, v: 2 },
  large: { n: 1024, m: 512, d: 64, v: 64 },
  quadraticIn: ['Wv'],
}
