/** A bar after a moment, and after a second the time so far with a button that stops. */
import { useEffect, useState } from 'preact/hooks'

const BAR_AFTER = 150
const TIME_AFTER = 1000

export function Busy({ since, stop }: { readonly since: number | undefined; readonly stop: () => void }) {
  const [elapsed, setElapsed] = useState(0)
  useEffect(() => {
    setElapsed(0)
    if (since === undefined) return
    const timer = setInterval(() => setElapsed(performance.now() - since), 100)
    return () => clearInterval(timer)
  }, [since])
  const isLong = since !== undefined && elapsed > TIME_AFTER
  return (
    <>
      {since !== undefined && elapsed > BAR_AFTER && <div class="bar" />}
      <div class="working" role="status" aria-label="Progress">
        {isLong && (
          <>
            working, {(elapsed / 1000).toFixed(1)} s{' '}
            <button type="button" class="text-button" onClick={stop}>
              Stop
            </button>
          </>
        )}
      </div>
    </>
  )
}
