import { afterAll, describe, expect, it } from 'vitest';
import { PARAMETERS } from '../../functions/shared/customsend/call.ts';
import { findBrowser, startBrowser } from '../support/browser.ts';
import { CALL, FEW_PHONES, startEndpoint } from '../support/old-callers.ts';

const program = findBrowser();
if (!program) console.warn('No Chromium is installed: the help page is not tried in a browser.');

describe.skipIf(!program)('in a browser', async () => {
  if (!program) return;
  const [endpoint, browser] = await Promise.all([startEndpoint(), startBrowser(program)]);
  afterAll(() => Promise.all([endpoint.stop(), browser.stop()]));
  const page = endpoint.wsdl.replace('?WSDL', '');

  it('the form of the help page sends, and the answer shows', async () => {
    const tab = await browser.open(page, 'zh-CN,zh;q=0.9');
    await tab.evaluate(`document.querySelector('li a').click()`);
    await expect.poll(() => tab.evaluate('document.readyState + location.search')).toBe('complete?op=CustomSend');
    expect(await tab.evaluate('document.body.innerText')).toContain('发送自定义短信');
    expect(await tab.evaluate('Array.from(document.forms[0].elements, ({ name }) => name).filter(Boolean)')).toEqual(PARAMETERS);
    const values = { ...CALL, Pattern: `${CALL.Pattern}browser`, Phones: FEW_PHONES };
    await tab.evaluate(
      `for (const [name, value] of Object.entries(${JSON.stringify(values)})) document.forms[0].elements[name].value = value`,
    );
    await tab.evaluate(`document.querySelector('button').click()`);
    const answer = await browser.opened('/Services.asmx/CustomSend');
    const shown = await answer.evaluate<string>('document.documentElement.innerText');
    expect(shown).toMatch(/<RetCode>\s*Sucess\s*<\/RetCode>/);
    expect(shown).toContain('19900000013');
    const jobId = /<SpecialJobIDs>\s*(\d+)/.exec(shown)?.[1];
    expect(await endpoint.sent('13900139000', jobId)).toMatch(/^【签名】张三 & "李" <四>您好.*browser$/);
    expect([...tab.complaints, ...answer.complaints]).toEqual([]);
  });

  it('the page is in English for a browser that asks for it, in its own style', async () => {
    const tab = await browser.open(`${page}?op=CustomSend`, 'en-US,en;q=0.9,zh;q=0.8');
    expect(await tab.evaluate('document.documentElement.lang + document.querySelector("button").innerText')).toBe('enInvoke');
    expect(await tab.evaluate('getComputedStyle(document.querySelector("h1")).backgroundColor')).toBe('rgb(0, 51, 102)');
    expect(tab.complaints).toEqual([]);
  });
});
