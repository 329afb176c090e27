/** @type {import('./example.ts').Example} */
export default {
  name: 'multinomial-logistic-regression',
  title: 'Multinomial logistic regression',
  group: 'Learning',
  about:
    'Cross entropy of k classes with a ridge penalty. The Hessian has a part that is diagonal in the classes and a part from ' +
    'the products of their probabilities.',
  source: 'Böhning 1992, Multinomial logistic regression algorithm, Ann. Inst. Stat. Math. 44, 197–200',
  text: '-sum(Y.*logsoftmax(X*W)) + c*norm2(W)^2/2',
  variables: { Y: 'matrix(n,k)', X: 'matrix(n,d)', W: 'matrix(d,k)', c: 'scalar positive' },
  wrt: ['W'],
  orders: [1, 2],
  sizes: { n: 7, d: 4, k: 3 },
  large: { n: 10000, d: 100, k: 10 },
  contents: { Y: 'one-hot' },
}
