/** Choices among few: a menu that reads as text, and a field. */
import type { ComponentChildren } from 'preact'
import { DownIcon } from './icons.tsx'

interface MenuProps<T extends string> {
  readonly label: string
  readonly value: T
  readonly options: readonly (readonly [value: T, text: string])[]
  readonly onChange: (value: T) => void
}

export function Menu<T extends string>({ label, value, options, onChange }: MenuProps<T>) {
  return (
    <Select plain>
      <select
        class="menu"
        aria-label={label}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value as T)}
      >
        {options.map(([name, text]) => (
          <option key={name} value={name}>
            {text}
          </option>
        ))}
      </select>
    </Select>
  )
}

/** Draws the arrow of the select within. */
export function Select({
  children,
  plain = false,
}: {
  readonly children: ComponentChildren
  readonly plain?: boolean
}) {
  return (
    <span class={plain ? 'select plain' : 'select'}>
      {children}
      <DownIcon />
    </span>
  )
}
