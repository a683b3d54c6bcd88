/** Which page answers to which address, and which of them ask who is there. */
import { createRouter, createWebHistory } from 'vue-router'
import { account, knowSession, mustChangePassword } from '@/state/session'

declare module 'vue-router' {
  interface RouteMeta {
    /** Only for people who are signed in. */
    own?: boolean
  }
}

const own = { own: true }

export const router = createRouter({
  history: createWebHistory(),
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  routes: [
    { path: '/', name: 'landing', component: () => import('./pages/landing/LandingPage.vue') },
    { path: '/sign-in', name: 'sign-in', component: () => import('./pages/account/SignInPage.vue') },
    { path: '/register', name: 'register', component: () => import('./pages/account/RegisterPage.vue') },
    { path: '/reset-password', name: 'reset-password', component: () => import('./pages/account/ResetPage.vue') },
    {
      path: '/initial-password',
      name: 'initial-password',
      component: () => import('./pages/account/InitialPasswordPage.vue'),
    },
    { path: '/account', name: 'account', component: () => import('./pages/account/AccountPage.vue'), meta: own },
    { path: '/messages', name: 'messages', component: () => import('./pages/messages/MessagesPage.vue'), meta: own },
    { path: '/offices', name: 'offices', component: () => import('./pages/offices/OfficesPage.vue') },
    {
      path: '/offices/:office/pool',
      name: 'pool',
      component: () => import('./pages/pool/PoolPage.vue'),
      props: true,
    },
    {
      path: '/offices/:office',
      name: 'office',
      component: () => import('./pages/journey/EntryPage.vue'),
      props: true,
      meta: own,
    },
    {
      path: '/applications',
      name: 'applications',
      component: () => import('./pages/applications/ApplicationsPage.vue'),
      meta: own,
    },
    {
      path: '/applications/:application',
      name: 'application',
      component: () => import('./pages/journey/JourneyPage.vue'),
      props: true,
      meta: own,
    },
    {
      path: '/applications/:application/appeal',
      name: 'appeal',
      component: () => import('./pages/applications/AppealPage.vue'),
      props: true,
      meta: own,
    },
    {
      path: '/applications/:application/review',
      name: 'review',
      component: () => import('./pages/applications/ReviewPage.vue'),
      props: true,
      meta: own,
    },
    { path: '/:rest(.*)*', name: 'nowhere', component: () => import('./pages/NowherePage.vue') },
  ],
})

router.beforeEach(async (to) => {
  if (!to.meta.own) return true
  await knowSession()
  if (mustChangePassword.value) return { name: 'initial-password', query: { then: to.fullPath } }
  return account.value ? true : { name: 'sign-in', query: { then: to.fullPath } }
})
