/**
 * A step that lies only in the address (`?step=edit`, `?step=check`), so that the browser's way back leaves
 * it. Once it is done it is left the same way it was come to, and the way back does not lead into it again.
 */
import type { RouteLocationNormalizedLoaded, Router } from 'vue-router'

/** Whether the entry before this one in the browser's history is the same page without the sub-step. */
function cameFrom(path: string): boolean {
  const before = (window.history.state as { back?: unknown } | null)?.back
  return before === path
}

export function leaveSubstep(router: Router, route: RouteLocationNormalizedLoaded): Promise<void> {
  if (route.query.step === undefined) return Promise.resolve()
  if (!cameFrom(route.path)) return router.replace({ query: {} }).then(() => undefined)
  return new Promise((done) => {
    const stop = router.afterEach(() => {
      stop()
      // Going back restores how far the page was scrolled then; what is shown now begins at its top.
      setTimeout(() => {
        window.scrollTo(0, 0)
        done()
      })
    })
    router.back()
  })
}
