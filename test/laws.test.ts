// Laws over random programs. `EINCALC_SEED` draws others, and `npm run fuzz` many more.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { brokenLaws, subjectOf } from './laws.ts'
import { programs } from './random-program.ts'

test.for([
  { depth: 2, numRuns: 120 },
  { depth: 3, numRuns: 120 },
])('random programs of $depth levels obey the laws', { timeout: 300_000 }, ({ depth, numRuns }) => {
  fc.assert(
    fc.property(programs(depth), (program) => {
      const subject = subjectOf(program)
      const broken = brokenLaws(subject)
      if (broken.length > 0) throw new Error([subject.text, ...broken].join('\n  '))
    }),
    { numRuns },
  )
})

// What random programs found: each broke a law.
test.each([
  // an axis of size 1 is no half-vector
  ['-relu(-Tmn1)', 'Tmn1', 'Tmn1'],
  // the greatest entries are compared with as they are computed
  ["norminf(sum(Amn, axis=1)')", 'Amn', 'Amn'],
  ["min(sum(Ann', 2))", 'Ann', 'Ann'],
  ["norminf(xm'*Amn + rn)", 'Amn', 'Amn'],
  // norms that are 0
  ['norm2(-relu(-sqrt(3 - sin(Ak1))))', 'Ak1', 'Ak1'],
  // large terms that cancel
  ['ones(m,n)*xn/norm2(ones(m,n)*xn)', 'xn', 'xn'],
  ['a*sum(cross(x3, p3.^x3).*x3)', 'a', 'a'],
  // sizes in conditions
  ['vjp(xn*sin(a), a, einsum("iij->j", reshape(vec(Tnnn), n, n, n)))', 'a', 'a'],
  // labels that only conditions name
  ['F[i,j,l] = min[p,q: p < l + 1](a + xm[p]*xn[q]) + yk[i]*yn[j]*ym[l]', 'xn', 'a'],
  ['F[j,i] = logsumexp[l: l < j + 1](a + xn[l]) + y1[i]*xn[j]', 'a', 'a'],
  // rows in which conditions leave no entry
  ['F[i] = sum[j: j == i + 1](softmax[i: i < j](Mnn[i,j] + xn[j]) + xn[j]) + xn[i]', 'xn', 'xn'],
  ['F[j,i] = sum[l: l <= 2 and l > j](max[p: p > l](a + xn[p]) + xn[l]) + xm[i]*xn[j]', 'a', 'a'],
  // labels summed within what is reshaped
  ["tr(reshape(Anm, m, n)'*ones(m,m)*reshape(Anm, m, n))", 'Anm', 'Anm'],
  // equal rows
  ['pinv(jacobian(xn*sin(sum(xk)) + xn, xk))', 'xn', 'xn'],
  // a product that symmetric factors turn
  ['max(adj(Dn)*pinv(Amn))', 'Dn', 'Dn'],
  // common factors of three sizes, in the Hessian by half-vectors
  ['norm2(diag(Pn))^3', 'Pn', 'Pn'],
  // slopes that differences see only with the finest steps
  ['sqrt(3 - sin(prod[i](norm2[j,l](Akk[i,i] + xk[j]*xk[l]) + xk[i])))', 'xk', 'xk'],
  ["max(cumsum(Ank'*ones(n,n)), axis=2)", 'Ank', 'Ank'],
  ['max(grad(a*sin(sum(rk)) + a, rk)./(((rk.^2 + 2).^-1.5).^2 + 2))', 'a', 'a'],
  ["max((Ann'*einsum(\"i,j\", rk', xn)')', axis=1)", 'xn', 'xn'],
  [
    "t1 = -xn + rn'/norm2(rn'); log(sum(exp(vjp(t1*sin(sum(xm)) + t1, xm, (t1/norm2(t1))/norm2(t1/norm2(t1))))))",
    'rn',
    'xm',
  ],
  ['norminf((Tmmk.^2 + 0.5).^sin(norm2(Ank)^3*Tmmk))', 'Tmmk', 'Tmmk'],
  ["expm1(0.2*tanh(det(Ann'*Ann + eye(n))))", 'Ann', 'Ann'],
])('%s by %s, %s', (text, wrt, other) => {
  expect(brokenLaws({ text, by: [wrt, other] })).toEqual([])
})
