/** The derivation, one numbered line a rule. */
import { steps } from '../state/store.ts'
import { Formula } from './formula.tsx'

export function Steps() {
  return (
    <ol class="steps">
      {steps.value.map((step, at) => (
        <li key={`${at} ${step.formula.text}`}>
          <span class="step-number">{step.number}</span>
          <span class="step-rule">{step.rule}</span>
          <span class="step-formula">
            <Formula formula={step.formula} display />
            <span class="hidden">{step.formula.spoken}</span>
          </span>
        </li>
      ))}
    </ol>
  )
}
