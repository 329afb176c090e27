// All examples, in groups. Importing this reads no file and prints nothing, so that it also serves the browser.
import attentionWeights from './attention-weights.mjs'
import cpCompletion from './cp-completion.mjs'
import fixedRankProjection from './fixed-rank-projection.mjs'
import gaussianProcess from './gaussian-process.mjs'
import kalmanFilter from './kalman-filter.mjs'
import kernelAttention from './kernel-attention.mjs'
import matrixCompletion from './matrix-completion.mjs'
import matrixFactorization from './matrix-factorization.mjs'
import matrixSquareRoot from './matrix-square-root.mjs'
import monarch from './monarch.mjs'
import multinomialLogisticRegression from './multinomial-logistic-regression.mjs'
import networkLayer from './network-layer.mjs'
import pointCloud from './point-cloud.mjs'
import softmaxAttention from './softmax-attention.mjs'
import stepSizes from './step-sizes.mjs'
import stiefelProjection from './stiefel-projection.mjs'
import tensorTrainCompletion from './tensor-train-completion.mjs'
import tuckerCompletion from './tucker-completion.mjs'
import whitening from './whitening.mjs'

/** Sorted by group. @type {readonly import('./example.ts').Example[]} */
export const examples = [
  multinomialLogisticRegression,
  networkLayer,
  monarch,
  stepSizes,
  softmaxAttention,
  attentionWeights,
  kernelAttention,
  matrixFactorization,
  matrixCompletion,
  cpCompletion,
  tuckerCompletion,
  tensorTrainCompletion,
  gaussianProcess,
  kalmanFilter,
  matrixSquareRoot,
  whitening,
  pointCloud,
  stiefelProjection,
  fixedRankProjection,
]
