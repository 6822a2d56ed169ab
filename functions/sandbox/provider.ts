import type { HttpAnswer, HttpRequest, ReceivedCall, Reply } from '../shared/asmx-server/http-exchange.ts';
import { readRequest } from '../shared/asmx-server/read-request.ts';
import { htmlPage, writeReturn } from '../shared/asmx-server/write-answer.ts';
import { splitEntries } from '../shared/message/encoded-content.ts';
import { maskPhone } from '../shared/message/phone.ts';
import type { SandboxEnv } from './env.ts';
import type { JobIds } from './job-ids.ts';
import type { Ledger } from './ledger.ts';
import { writeScenario } from './scenario-answer.ts';
import { connectionScenarioOf, scenarioOf } from './scenarios.ts';
import { faild, takeCall } from './take-call.ts';

/** What the stand-in provider works with; clock, waiting and ids come in. */
export interface Sandbox {
  env: Pick<SandboxEnv, 'DIALECT' | 'CONNECTION_SCENARIOS'>;
  ledger: Ledger;
  jobIds: JobIds;
  now: () => Date;
  wait: (milliseconds: number) => Promise<void>;
}

const LATE_BY_MS = 3_000;

/** Answers a request to the .asmx address. What it accepts is in the ledger before the answer exists. */
export async function answerRequest(sandbox: Sandbox, request: HttpRequest): Promise<HttpAnswer> {
  const reading = readRequest(request);
  if (reading.kind === 'refused') return reading.answer;
  if (reading.kind === 'document') return htmlPage(200, 'Services: CustomSend');
  return answerCall(sandbox, reading.call, reading.reply);
}

async function answerCall({ env, ledger, jobIds, now, wait }: Sandbox, call: ReceivedCall, reply: Reply): Promise<HttpAnswer> {
  if (!call.Token || call.Token.startsWith('bad')) return writeReturn(reply, faild('Token无效').root);
  const phones = splitEntries(env.DIALECT, call.Phones ?? '');
  const impossible = env.CONNECTION_SCENARIOS === 'refuse' ? connectionScenarioOf(phones) : undefined;
  if (impossible) {
    const reason = `${maskPhone(impossible.phone)} (${impossible.meaning}) only works where a front carries it out`;
    return writeReturn(reply, faild(reason).root);
  }
  const scenario = scenarioOf(phones);
  if (scenario && !scenario.accepted) return writeScenario(scenario, reply, faild('').root);
  const { root, messages } = takeCall(call, env.DIALECT, jobIds);
  if (messages.length === 0) return writeReturn(reply, root);
  await ledger.write(messages, now(), call.SendTime ?? '');
  if (!scenario) return writeReturn(reply, root);
  if (scenario.answer === 'late') await wait(LATE_BY_MS);
  return writeScenario(scenario, reply, root);
}
