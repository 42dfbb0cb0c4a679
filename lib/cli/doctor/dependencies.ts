// How the project asks for the package, and what could leave its binary out.

import { type Finding, findingsOf } from './finding.ts';
import { configOf, dependencyOf, type Project } from './project.ts';

const { ok, note, warn } = findingsOf('project');

const NAME = 'verify-workos-token';

export function dependencyFindings(project: Project): Finding[] {
  if (project.manifest === undefined)
    return [
      warn(
        'manifest',
        'package.json',
        'is not a JSON object',
        'Correct package.json: npm reads it too.',
      ),
    ];
  return [listed(project), ...omitted(project)];
}

function listed(project: Project): Finding {
  const found = dependencyOf(project, NAME);
  if (found === undefined)
    return note('dependency', 'package.json', `does not list ${NAME}: npm install ${NAME}`);
  if (found.field !== 'devDependencies')
    return ok('dependency', 'package.json', `lists ${NAME} in ${found.field}`);
  const step = `Move it to dependencies: npm install --save-prod ${NAME}`;
  const text = `lists ${NAME} in devDependencies, which are left out in production`;
  return warn('dependency', 'package.json', text, step);
}

/** The binary comes as an optional dependency. The file may hold passwords: nothing of it is shown. */
function omitted(project: Project): Finding[] {
  const { text = '' } = configOf(project, '.npmrc') ?? {};
  if (!/^\s*(?:omit(?:\[\])?\s*=\s*["']?optional|optional\s*=\s*false)/m.test(text)) return [];
  const step = 'Take omit=optional (optional=false) out of .npmrc, and install again.';
  const message = 'leaves out optional dependencies, one of which is the binary';
  return [warn('omit-optional', '.npmrc', message, step)];
}
