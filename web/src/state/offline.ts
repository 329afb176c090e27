/** The service worker that keeps the page for times without a network. */
import { signal } from '@preact/signals'

export const offlineState = signal('')

export async function keepOffline(): Promise<void> {
  if (!('serviceWorker' in navigator) || !import.meta.env.PROD) return
  try {
    await navigator.serviceWorker.register('./service-worker.js', { scope: './' })
    await navigator.serviceWorker.ready
    offlineState.value = 'Ready offline'
  } catch {
    // Private windows and plain http refuse; the page then needs the network to open, and nothing else changes.
  }
}
