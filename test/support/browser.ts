import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

/** A headless Chromium, driven over its DevTools protocol. */
export interface Browser {
  open(url: string, acceptLanguage: string): Promise<Tab>;
  /** The tab that has opened by itself, once it has an address that ends so. */
  opened(ending: string): Promise<Tab>;
  stop(): Promise<void>;
}

export interface Tab {
  /** The value of an expression in the page, as JSON; as if the user had done it, so it may open a tab. */
  evaluate<Value>(expression: string): Promise<Value>;
  /** What the browser itself complains about, such as a breach of the page's policy. */
  complaints: string[];
}

/** The program, if one is installed. */
export function findBrowser(): string | undefined {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'chrome'];
  return names.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
}

export async function startBrowser(program: string): Promise<Browser> {
  const folder = mkdtempSync(join(tmpdir(), 'sms-browser-'));
  const flags = [
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--no-first-run',
    '--disable-background-networking',
  ];
  // Port 0 is any free one, on 127.0.0.1.
  const given = [...flags, '--remote-debugging-port=0', `--user-data-dir=${folder}`, 'about:blank'];
  const child = spawn(program, given, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'close');
  let address: string | undefined;
  for await (const line of createInterface({ input: child.stderr })) {
    address = /^DevTools listening on (ws:\S+)/.exec(line)?.[1];
    if (address) break;
  }
  if (!address) throw new Error(`${program} does not start.`);
  child.stderr.resume();
  const { send, onEvent, close } = await connect(address);

  async function attach(targetId: string): Promise<Tab & { sessionId: string }> {
    const { sessionId } = await send<{ sessionId: string }>('Target.attachToTarget', { targetId, flatten: true });
    const complaints: string[] = [];
    // It asks every server for an icon.
    const hear = ({ entry: { text, url = '' } }: { entry: { text: string; url?: string } }) =>
      url.endsWith('/favicon.ico') || complaints.push(text);
    onEvent('Log.entryAdded', hear, sessionId);
    await send('Log.enable', {}, sessionId);
    async function evaluate<Value>(expression: string): Promise<Value> {
      const given = { expression, returnByValue: true, userGesture: true };
      const { result, exceptionDetails } = await send<{ result: { value: Value }; exceptionDetails?: object }>(
        'Runtime.evaluate',
        given,
        sessionId,
      );
      if (exceptionDetails) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
      return result.value;
    }
    return { sessionId, complaints, evaluate };
  }

  async function loaded(tab: Tab, ending: string): Promise<void> {
    await until(() => tab.evaluate<boolean>(`document.readyState === 'complete' && location.href.endsWith(${JSON.stringify(ending)})`));
  }

  return {
    async open(url, acceptLanguage) {
      const { targetId } = await send<{ targetId: string }>('Target.createTarget', { url: 'about:blank' });
      const tab = await attach(targetId);
      await send('Network.enable', {}, tab.sessionId);
      await send('Network.setExtraHTTPHeaders', { headers: { 'Accept-Language': acceptLanguage } }, tab.sessionId);
      await send('Page.navigate', { url }, tab.sessionId);
      await loaded(tab, url);
      return tab;
    },
    async opened(ending) {
      const found = await until(async () => {
        const { targetInfos } = await send<{ targetInfos: { targetId: string; url: string }[] }>('Target.getTargets', {});
        return targetInfos.find(({ url }) => url.endsWith(ending));
      });
      const tab = await attach(found.targetId);
      await loaded(tab, ending);
      return tab;
    },
    async stop() {
      close();
      child.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

async function until<Value>(look: () => Promise<Value | undefined>): Promise<Value & {}> {
  for (let left = 100; left > 0; left--) {
    const value = await look();
    if (value) return value;
    await delay(100);
  }
  throw new Error('It did not come to that within ten seconds.');
}

interface Message {
  id?: number;
  method?: string;
  sessionId?: string;
  params?: never;
  result?: unknown;
  error?: { message: string };
}

/** Commands and events of the DevTools protocol, over its one socket. */
async function connect(address: string) {
  const socket = new WebSocket(address);
  const waiting = new Map<number, (message: Message) => void>();
  const listeners: { method: string; sessionId: string; hear: (params: never) => void }[] = [];
  let sent = 0;
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(String(data)) as Message;
    if (message.id !== undefined) waiting.get(message.id)?.(message);
    for (const { method, sessionId, hear } of listeners) {
      if (method === message.method && sessionId === message.sessionId) hear(message.params as never);
    }
  };
  await new Promise((done, fail) => {
    socket.onopen = done;
    socket.onerror = fail;
  });
  return {
    send<Result>(method: string, params: object, sessionId?: string): Promise<Result> {
      const id = ++sent;
      socket.send(JSON.stringify({ id, method, params, sessionId }));
      return new Promise((done, fail) => {
        waiting.set(id, ({ result, error }) => (error ? fail(new Error(`${method}: ${error.message}`)) : done(result as Result)));
      });
    },
    onEvent<Params>(method: string, hear: (params: Params) => void, sessionId: string): void {
      listeners.push({ method, sessionId, hear });
    },
    close: () => socket.close(),
  };
}
