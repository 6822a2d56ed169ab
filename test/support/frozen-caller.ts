import { CALL, clientOf } from './customsend.ts';

/** A process of its own that calls when it is told to, so that it can be stopped and continued. */
const client = clientOf(process.argv[2] ?? '', { timeoutMs: 5_000 });
process.on('message', async (command) => {
  if (command === 'freeze and call') process.kill(process.pid, 'SIGSTOP');
  const { code } = await client.send(CALL);
  process.send?.(code);
});
