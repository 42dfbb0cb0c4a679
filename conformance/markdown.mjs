// @ts-nocheck: written without types.
// The scoreboard as Markdown: `results.md`.
import { CONTENDERS } from './contenders.mjs';

const LEGEND =
  "The verdict of these tokens is fixed by an RFC. **Not checked by design**: the documentation says what is checked, and this is not part of it. **Not applicable**: the library can't be set up for the token, as with an algorithm that it does not have, or without an audience. The last two columns are no measure of the others, because no RFC asks for them: *rules of this package* are tokens whose verdict only its own rules fix, such as a missing `sub`, and show how many of these verdicts a library shares; *endpoints* are scenarios of the server of the keys.";

/** @param {any} results what results.json holds */
export function toMarkdown(results) {
  return [
    '# Scoreboard\n',
    `${conditionsOf(results)}\n`,
    scoreTable(results),
    `${LEGEND}\n`,
    ruleTable(results),
    endpointTable(results),
    `## By design\n\n${designs(results)}\n`,
    `## Wrong verdicts\n\n${wrongVerdicts(results)}\n`,
    `## Set-ups\n\n${setUps(results)}\n`,
  ].join('\n');
}

function conditionsOf({ date, node, counts, leftOut, scenarios }) {
  const { RFC, policy, vectors, hostile } = counts;
  return [
    `${date}, Node ${node}. ${RFC + policy} tokens: ${vectors} vectors of other projects, and ${hostile} tokens made for this table. An RFC fixes the verdict of ${RFC}, and only the rules of this package that of ${policy}. ${Object.keys(scenarios).length} scenarios of endpoints.`,
    `Left out are ${leftOut.choice} vectors whose verdict is only a proposal, ${leftOut.contract} good tokens that this package refuses on purpose (most of them lack \`sub\`, \`iss\` or \`kid\`), and ${leftOut.options} whose options it does not allow.`,
    'Written by `npm run conformance` ([how it counts](README.md)).',
  ].join('\n\n');
}

function scoreTable({ contenders, counts, versions, scenarios }) {
  const head = [
    '',
    'version',
    'right',
    'wrongly accepted',
    'wrongly refused',
    'not checked by design',
    'not applicable',
    'rules of this package',
    'endpoints',
  ];
  const known = Object.keys(scenarios).length;
  const rows = Object.entries(contenders).map(([id, { RFC, policy, endpoints }]) => {
    const { right, accepted, refused, design, none } = RFC.count;
    const otherwise = Object.values(endpoints);
    const byDesign = otherwise.filter((one) => one.design).length;
    return [
      nameOf(id),
      versions[id],
      `${right} of ${counts.RFC - none - design}`,
      ...[accepted, refused, design, none],
      `${policy.count.right} of ${counts.policy - policy.count.none}`,
      `${known - otherwise.length} of ${known - byDesign}`,
    ];
  });
  return table(head, rows);
}

function ruleTable({ contenders }) {
  const ids = Object.keys(contenders);
  const rules = Object.keys(Object.values(contenders)[0].rules);
  const cell = ({ right, of }) => (of === 0 ? '' : `${right} of ${of}`);
  const rows = rules.map((rule) => [rule, ...ids.map((id) => cell(contenders[id].rules[rule]))]);
  return `## By rule\n\nRight verdicts of those that an RFC fixes.\n\n${table(['', ...ids.map(nameOf)], rows)}`;
}

function endpointTable({ contenders, scenarios }) {
  const ids = Object.keys(contenders);
  const cell = (found) => {
    if (found === undefined) return 'as here';
    return found.design ? 'by design' : 'otherwise';
  };
  const rows = Object.entries(scenarios).map(([scenario, does]) => [
    does,
    ...ids.map((id) => cell(contenders[id].endpoints[scenario])),
  ]);
  return `## Endpoints\n\n*As here*: what this package promises, such as telling an outage of the keys from a bad token. \`results.json\` says what happened otherwise.\n\n${table(['', ...ids.map(nameOf)], rows)}`;
}

function designs(results) {
  const lines = takingPart(results).flatMap(({ name, documentation, differences }) =>
    differences.map(
      ({ why, documentation: own = documentation }) =>
        `- **${name}**: ${why} ([documentation](${own})).`,
    ),
  );
  return lines.join('\n');
}

/** Of those that an RFC fixes. */
function wrongVerdicts({ contenders }) {
  const lines = Object.entries(contenders).map(([id, { RFC }]) => {
    const wrong = Object.keys(RFC.cases).filter((name) => RFC.cases[name] !== 'design');
    const names = wrong.map((name) => `\`${name}\``).join(', ');
    return `- **${nameOf(id)}**: ${names || 'none'}`;
  });
  return lines.join('\n');
}

function setUps(results) {
  const lines = takingPart(results).map(
    ({ name, setUp, documentation }) =>
      `- **${name}**: ${setUp} ([documentation](${documentation})).`,
  );
  return lines.join('\n');
}

function takingPart({ contenders }) {
  return CONTENDERS.filter(({ id }) => id in contenders);
}

function nameOf(id) {
  return CONTENDERS.find((one) => one.id === id).name;
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const rule = `|${head.map((_, index) => (index === 0 ? '---' : '---:')).join('|')}|`;
  return `${[line(head), rule, ...rows.map(line)].join('\n')}\n`;
}
