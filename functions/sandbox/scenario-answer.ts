import type { HttpAnswer, Reply } from '../shared/asmx-server/http-exchange.ts';
import { htmlPage, plainText, writeFault, writeReturn } from '../shared/asmx-server/write-answer.ts';
import type { CustomSendReturn } from '../shared/customsend/call.ts';
import type { Scenario } from './scenarios.ts';

/** 提交成功 ("handed in") in GBK, for which the runtime has no encoder. */
const GBK_MESSAGE = Buffer.from('cce1bdbbb3c9b9a6', 'hex');

/** The answer as the scenario wants it; the connection's scenarios are left to the front, by a header that it takes off again. */
export function writeScenario(scenario: Scenario, reply: Reply, root: CustomSendReturn): HttpAnswer {
  switch (scenario.answer) {
    case 'faild':
      return writeReturn(reply, { ...root, RetCode: 'Faild', Message: '整批失败' });
    case 'faild-with-id':
      return writeReturn(reply, { ...root, RetCode: 'Faild', Message: '结果不明' });
    case 'html-500':
      return htmlPage(500, "Server Error in '/' Application.");
    case 'unavailable':
      return htmlPage(503, 'Service Unavailable');
    case 'too-many':
      return htmlPage(429, 'Too Many Requests');
    case 'text-500':
      return plainText(['Object reference not set to an instance of an object.'], 'method');
    case 'client-fault':
      return writeFault('soap11', 'Client', 'Server was unable to read request. ---> The sandbox refuses this phone.');
    case 'server-fault':
      return writeFault('soap11', 'Server', 'Server was unable to process request. ---> The sandbox fails on this phone.');
    case 'cut-off':
      return cutOff(writeReturn(reply, root));
    case 'gbk':
      return inGbk(reply, root);
    default: {
      const answer = writeReturn(reply, root);
      return scenario.connection ? { ...answer, headers: { ...answer.headers, 'Sandbox-Scenario': scenario.connection } } : answer;
    }
  }
}

function cutOff(answer: HttpAnswer): HttpAnswer {
  const body = String(answer.body);
  return { ...answer, body: body.slice(0, body.indexOf('</CommonJobID>')) };
}

/** Everything but the Message is ASCII; what a wrong phone brings along beyond that becomes a question mark. */
function inGbk(reply: Reply, root: CustomSendReturn): HttpAnswer {
  const answer = writeReturn(reply, { ...root, Message: '@' });
  const text = String(answer.body)
    .replace('encoding="utf-8"', 'encoding="gbk"')
    .replace(/[^\0-\x7f]/g, '?');
  const at = text.indexOf('@');
  const body = Buffer.concat([Buffer.from(text.slice(0, at)), GBK_MESSAGE, Buffer.from(text.slice(at + 1))]);
  const type = (answer.headers['Content-Type'] as string).replace('utf-8', 'gbk');
  return { ...answer, headers: { ...answer.headers, 'Content-Type': type }, body };
}
