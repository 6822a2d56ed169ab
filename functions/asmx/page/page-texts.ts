import type { Language } from './language.ts';

/** What the pages say, apart from names and samples. */
export interface PageTexts {
  /** For the `lang` of the document. */
  tag: string;
  service: string;
  operations: string;
  description: string;
  toOperations: string;
  unknownOperation: (name: string) => string;
  test: string;
  testExplained: string;
  testSends: string;
  parameter: string;
  value: string;
  invoke: string;
  sample: (binding: string) => string;
}

export const PAGE_TEXTS: Readonly<Record<Language, PageTexts>> = {
  zh: {
    tag: 'zh-CN',
    service: 'Services 服务',
    operations: '本服务提供以下操作：',
    description: '服务说明 (WSDL)',
    toOperations: '返回操作列表',
    unknownOperation: (name) => `本服务没有名为“${name}”的操作。`,
    test: '测试',
    testExplained: '填写参数后点击“调用”，即以 HTTP POST 方式调用本操作，返回结果显示在新窗口中。',
    testSends: '注意：这不是演练。短信会真正提交发送，并像其他调用一样留下记录。',
    parameter: '参数',
    value: '值',
    invoke: '调用',
    sample: (binding) => `下面是一组 ${binding} 请求与响应示例，其中的占位符须换成实际值。`,
  },
  en: {
    tag: 'en',
    service: 'Services',
    operations: 'This service has the following operations:',
    description: 'Description of the service (WSDL)',
    toOperations: 'Back to the list of operations',
    unknownOperation: (name) => `This service has no operation named “${name}”.`,
    test: 'Test',
    testExplained:
      'Fill in the parameters and press “Invoke”: the operation is called by HTTP POST, and its answer is shown in a new window.',
    testSends: 'This is no rehearsal: the messages are handed in to be sent, and the call is recorded like any other.',
    parameter: 'Parameter',
    value: 'Value',
    invoke: 'Invoke',
    sample: (binding) => `A request by ${binding} and its response. The placeholders have to be replaced with actual values.`,
  },
};
