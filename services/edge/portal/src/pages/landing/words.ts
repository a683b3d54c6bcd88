import { bilingual } from '@/i18n'

export const words = bilingual(
  {
    kicker: '机动车业务',
    heading: '新车（含新能源汽车）注册登记预选号牌',
    lead: '在手机上为新车预选号牌，选好再去车管所上牌。全程免费。',
    plate: '示意号牌',
    begin: '提交信息',
    beginHint: '先选择车管所，约需 5 分钟填写',
    begun: '已经开始办理？',
    goOn: '继续我的申请',

    who: '谁可以办理',
    whoYes: [
      '本人或本单位新购的车辆，尚未办理注册登记',
      '燃油汽车和新能源汽车均可',
      '在您将要办理注册登记的车管所选号',
    ],
    whoNo: '二手车过户、转入等业务不在这里办理，请到车管所窗口。',

    papers: '请先准备好',
    paperList: {
      mobile: { name: '本人手机', what: '接收短信验证码，办理过程中要用到' },
      vin: { name: '车辆合格证', what: '填写 17 位车辆识别代号；进口车看货物进口证明书' },
      invoice: { name: '购车发票', what: '填写选号凭证；纸质或电子发票，以页面提示为准' },
    },

    steps: '办理步骤',
    stepList: {
      office: { name: '选择车管所', what: '阅读当地业务须知，点击【阅读并同意】' },
      info: { name: '填写并确认信息', what: '短信确认后信息锁定，不能再改，请仔细核对' },
      check: { name: '身份验证', what: '开始选号前，再用短信验证码确认是您本人' },
      select: { name: '选号', what: '自编选号或随机选号，选定一个号牌号码' },
      register: { name: '到车管所上牌', what: '带上预选号凭证和材料，在期限内办理注册登记' },
    },

    after: '选好之后',
    deadlineHead: '记住最后期限',
    deadline: '完成选号后，页面、短信和预选号凭证都会写明最后办理日期。请在这一天（含当天）之前到车管所办理注册登记。',
    banHead: '逾期两年内不能网上选号',
    ban: '逾期未办理，号码会收回，您会被列入选号黑名单，一般为 2 年，期满自动解除。如有特殊原因，可以在网上申诉。',
    freeHead: '不收任何费用',
    free: '预选号牌不收费，也没有“内部号”“包靓号”。请不要把验证码告诉任何人。',

    questions: '常见问题',
    faq: {
      difference: {
        q: '自编选号和随机选号有什么不同？',
        a: '自编选号：您自己输入想要的号码，还没有人选就归您。随机选号：平台一次抽出一批号码，您从中挑选。两种机会分别计数，剩余次数在选号页面上随时可见。',
      },
      interrupted: {
        q: '办到一半断网或退出了怎么办？',
        a: '已提交的内容都会保存。重新进入后会接着办，同一次操作不会重复扣减次数。但号码的保留时间不会暂停，请尽快回来。',
      },
      change: {
        q: '选好以后还能换吗？',
        a: '确认前会请您再看一遍，确认后一般不能更换。部分地区允许在确认后的短时间内撤销一次，能否撤销以完成页面的提示为准。',
      },
      fair: {
        q: '号码是公平抽出来的吗？',
        a: '是的，而且任何人都能核对。每个车管所的“号池公示”列出投放了哪些号码、什么时候开放、哪些暂不可选及其原因；随机选号的密钥事先公布指纹，事后公开密钥。',
      },
      organisation: {
        q: '单位车辆怎么办理？',
        a: '单位用户先到车管所或办理点当面开通账户，收到初始密码后登录办理，步骤与个人相同。',
      },
      help: {
        q: '不方便使用手机怎么办？',
        a: '可以点击页面上方的“长辈版”放大文字，也可以不在网上选号，直接携带购车发票和身份证到车管所窗口办理。',
      },
      used: {
        q: '网上机会用完了怎么办？',
        a: '自编和随机的机会都用完后，请到车管所窗口选号并办理注册登记。这不算逾期，不会列入黑名单。',
      },
    },

    services: '全部业务',
    servicesLoading: '正在读取业务列表…',
    retry: '重试',
  },
  {
    kicker: 'Motor vehicles',
    heading: 'Pre-select a plate for a new vehicle (new energy included)',
    lead: 'Choose the number of your new car on your telephone, then have it registered at the vehicle office. It is free.',
    plate: 'Sample plate',
    begin: 'Submit information',
    beginHint: 'Choose the vehicle office first; the form takes about 5 minutes',
    begun: 'Have you begun already?',
    goOn: 'Go on with my application',

    who: 'Who may use it',
    whoYes: [
      'Newly bought vehicles, in your own or your organisation’s name, that are not registered yet',
      'Cars with a combustion engine and new-energy cars alike',
      'At the vehicle office that is going to register the car',
    ],
    whoNo: 'Second-hand cars and cars that move in from elsewhere are served at the window of the vehicle office.',

    papers: 'Have at hand',
    paperList: {
      mobile: { name: 'Your telephone', what: 'You will get codes by SMS on the way' },
      vin: {
        name: 'Certificate of conformity',
        what: 'For the 17 characters of the VIN; for imported cars the import certificate',
      },
      invoice: { name: 'Purchase invoice', what: 'As the purchase proof; on paper or electronic, as the form says' },
    },

    steps: 'The steps',
    stepList: {
      office: { name: 'Choose the vehicle office', what: 'Read its notice and agree to it' },
      info: {
        name: 'Fill in and confirm',
        what: 'Once confirmed by SMS nothing can be changed, so please check it well',
      },
      check: { name: 'Identity check', what: 'Before selecting, another SMS code shows that it is you' },
      select: { name: 'Select', what: 'Compose numbers or draw some, and choose one' },
      register: { name: 'Register the car', what: 'At the office, in time, with the voucher and your papers' },
    },

    after: 'What happens after',
    deadlineHead: 'There is a last day',
    deadline:
      'The page, an SMS and the voucher tell the last day. Register the car at the vehicle office on or before that day.',
    banHead: 'Who misses it cannot select online for two years',
    ban: 'If you miss the day, the number is taken back and you are blacklisted, in general for 2 years; the ban ends by itself. If there was a good reason, you can appeal online.',
    freeHead: 'Nothing to pay',
    free: 'Pre-selecting is free, and there are no “inside numbers” to be bought. Never tell anybody your SMS codes.',

    questions: 'Questions and answers',
    faq: {
      difference: {
        q: 'What is the difference between composing and drawing?',
        a: 'Composing: you enter the number you want, and if nobody has it, it is yours. Drawing: the platform draws some numbers and you choose from them. Both are counted separately; what is left is always shown.',
      },
      interrupted: {
        q: 'What if the connection breaks or I leave halfway?',
        a: 'What you have sent is kept. Come back and go on; no act is charged twice. The time for which a number is held does not stop, so please be quick.',
      },
      change: {
        q: 'Can I change the number afterwards?',
        a: 'You look at it once more before you confirm it; after that, in general, no. Some places allow it to be undone once within a short time; the last page says whether yours does.',
      },
      fair: {
        q: 'Are numbers drawn fairly?',
        a: 'Yes, and anybody can check it. The public pool of every office tells which numbers were released, when they open, and which are withheld and why. The fingerprint of the secret key of a day’s drawing is published before it, and the key after it.',
      },
      organisation: {
        q: 'How do organisations do it?',
        a: 'An organisation opens its account face to face at a vehicle office or service point, gets an initial password, and goes the same way as everybody.',
      },
      help: {
        q: 'What if I find a telephone hard to use?',
        a: '“Large text” at the top of the page enlarges everything. Or leave it, and choose a number at the window of the vehicle office with your invoice and identity card.',
      },
      used: {
        q: 'What if all my chances are used up?',
        a: 'Then choose a number and register the car at the window of the vehicle office. That is not a missed term, and there is no ban.',
      },
    },

    services: 'All services',
    servicesLoading: 'Loading the services…',
    retry: 'Try again',
  },
)
