/**
 * What runs on a throw-away host: `campaign-main.js NAME OPTIONS`, with the options as JSON. Says on standard error how
 * far it is, and writes its report to standard output as JSON.
 */
import { Campaign, type CampaignOptions } from './campaign.js';
import { hostPaths } from './host/paths.js';
import { refuseOutside } from './host/throw-away.js';

refuseOutside();
const [name = '', options = '{}'] = process.argv.slice(2);
const campaign = new Campaign(hostPaths(name), (line) => {
  process.stderr.write(`${line}\n`);
});
const report = await campaign.run(JSON.parse(options) as CampaignOptions);
// All of it is written before process 1 ends everything.
process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
