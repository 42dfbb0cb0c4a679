import { writeSync } from 'node:fs';

const { contender, input, token } = JSON.parse(process.argv[2]);
const { create } = await import(`../contenders/${contender}.mjs`);
await create(input)(token);
writeSync(1, '.');
process.exit();
