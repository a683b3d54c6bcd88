import { bilingual } from '@/i18n'

export const words = bilingual(
  {
    brand: '预选机动车号牌',
    skip: '跳到正文',
    tools: '显示设置',
    large: '长辈版',
    otherLanguage: 'English',
    own: '我的',
    applications: '我的申请',
    messages: '消息',
    account: '账户',
    signOut: '退出',
    trouble: {
      offline: '当前没有网络。已提交的内容不会丢失，恢复网络后自动继续。',
      busy: '当前办理人数较多，正在为您排队重试，请不要离开本页。',
      unanswered: '连接不稳定，正在重试。',
    },
    foot: '号牌预选不收取任何费用。遇到困难，可携带购车发票和身份证到车管所窗口办理。',
  },
  {
    brand: 'Plate pre-selection',
    skip: 'Skip to content',
    tools: 'Display',
    large: 'Large text',
    otherLanguage: '中文',
    own: 'My pages',
    applications: 'Applications',
    messages: 'Messages',
    account: 'Account',
    signOut: 'Sign out',
    trouble: {
      offline: 'No network. What you have sent is kept; we go on when the network is back.',
      busy: 'Many people are here right now. We keep trying for you; please stay on this page.',
      unanswered: 'The connection is poor; trying again.',
    },
    foot: 'Pre-selecting a number is free of charge. If you are stuck, come to the window of the vehicle office with your invoice and identity card.',
  },
)
