import { bilingual } from '@/i18n'

export const words = bilingual(
  {
    product: '预选机动车号牌',
    close: '关闭',
    back: '返回',
    again: '重试',
    seconds: (n: number) => `${n} 秒`,
    trace: (id: string) => `如需帮助，请提供编号 ${id}`,
    unanswered: '网络不通，没有收到平台的答复。您的操作可以放心重试，不会重复扣减次数。',
    retryIn: (n: number) => `请在 ${n} 秒后重试`,
    loading: '正在加载…',
  },
  {
    product: 'Plate pre-selection',
    close: 'Close',
    back: 'Back',
    again: 'Try again',
    seconds: (n: number) => `${n} s`,
    trace: (id: string) => `For help, give this number: ${id}`,
    unanswered: 'The platform did not answer. It is safe to try again: nothing is charged twice.',
    retryIn: (n: number) => `Try again in ${n} seconds`,
    loading: 'Loading…',
  },
)
