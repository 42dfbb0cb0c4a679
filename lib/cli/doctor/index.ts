import type { WorkosConnectionReport, WorkosTokenOptions } from '../../../index.cjs';
import { WorkosTokenError } from '../../error.ts';
import { isSealed } from '../../explain.ts';
import { inFlags } from '../arguments.ts';
import type { Command, Invocation } from '../command.ts';
import type { Library } from '../library.ts';
import { COMMON_OPTIONS, KEY_OPTIONS, TOKEN_OPTIONS } from '../options.ts';
import { settingsOf } from '../settings.ts';
import { STATUS, type Status } from '../status.ts';
import { takeKnownToken } from '../token.ts';
import { bundlerFindings } from './bundlers.ts';
import { connectionFindings, connectionStatus } from './connection.ts';
import { dependencyFindings } from './dependencies.ts';
import { environmentFindings, inspectVariables } from './environment.ts';
import { type Finding, findingsOf } from './finding.ts';
import { jestFindings, nestFindings, nextFindings, workerFindings } from './frameworks.ts';
import { inspectInstallation } from './installation.ts';
import { inspectNetwork, type Network, networkFindings } from './network.ts';
import { findProject, type Project } from './project.ts';
import { addReport } from './report.ts';
import { sessionFinding } from './session.ts';

const DEFAULT_CLOCK_TOLERANCE_SECONDS = 5;

export const doctor: Command = {
  name: 'doctor',
  summary: 'checks the installation, the connection to WorkOS and the project',
  details: [
    'Looks at versions, variables, proxy, certificates and clock, fetches the keys as verification does, and reads the configuration of the project in the working directory. For each thing that is off it says what to do. Values of variables are not shown, except a client id.',
  ],
  takesToken: false,
  options: [...KEY_OPTIONS, ...TOKEN_OPTIONS, ...COMMON_OPTIONS],
  examples: [
    ['npx verify-workos-token doctor', 'with WORKOS_CLIENT_ID'],
    ['npx verify-workos-token doctor --client-id client_123', 'for a certain client id'],
    [
      'cat token.txt | npx verify-workos-token doctor --token -',
      'with a token, whose audience can be checked, or a sealed session, which shows whether WORKOS_COOKIE_PASSWORD is right',
    ],
  ],
  run,
};

async function run(invocation: Invocation): Promise<Status> {
  const options = settingsOf(invocation.values);
  const { installation, library, findings: installed } = await inspectInstallation();
  const {
    findings: tested,
    network,
    connection,
  } = await inspectConnection(invocation, library, options);
  const variables = inspectVariables();
  const project = findProject(process.cwd());
  const findings = [
    ...installed,
    ...environmentFindings(variables, { isConnect: isConnect(options) }),
    ...tested,
    ...(project === undefined ? [] : projectFindings(project)),
  ];
  const status = statusOf(findings, connection);
  if (!invocation.json) {
    invocation.output.print(addReport(invocation.output.page(), findings, project?.folder));
    return status;
  }
  const start = { command: 'doctor', ok: status === STATUS.good, exitStatus: status };
  const seen = { installation, variables, network, connection, project: project?.folder ?? null };
  invocation.output.printJson({ ...start, ...seen, findings, error: null });
  return status;
}

interface Tested {
  readonly findings: readonly Finding[];
  readonly connection: WorkosConnectionReport | null;
  readonly network: Network | null;
}

async function inspectConnection(
  invocation: Invocation,
  library: Library | undefined,
  options: WorkosTokenOptions,
): Promise<Tested> {
  const mistake = library === undefined ? [] : mistakeIn(library, options);
  if (library === undefined || mistake.length > 0)
    return { findings: mistake, connection: null, network: null };
  const given = await takeKnownToken(invocation);
  const session = isSealed(given?.token) ? given.token : undefined;
  const connection = await invocation.output.wait(
    'Testing the connection',
    library.testWorkosConnection({
      ...options,
      ...(given && session === undefined && { token: given.token }),
    }),
  );
  const { jwksUrl } = connection;
  const network = jwksUrl === null ? null : inspectNetwork(jwksUrl, options.jwksCache?.ca);
  const asked = {
    isConnect: isConnect(options),
    checksAudience: options.audience !== null && session === undefined,
    clockToleranceSeconds: options.clockToleranceSeconds ?? DEFAULT_CLOCK_TOLERANCE_SECONDS,
  };
  const local = network === null ? [] : networkFindings(network);
  const findings = [...local, ...connectionFindings(connection, asked)];
  if (session !== undefined)
    findings.push(sessionFinding(await library.explainWorkosToken(session, options)));
  return { findings, connection, network };
}

function isConnect({ profile }: WorkosTokenOptions): boolean {
  return profile === 'connect';
}

/** What the arguments say wrongly is wrong use; what the environment does is what doctor is for. */
function mistakeIn({ createWorkosVerifier }: Library, options: WorkosTokenOptions): Finding[] {
  try {
    createWorkosVerifier(options);
    return [];
  } catch (error) {
    if (!(error instanceof WorkosTokenError) || !/WORKOS_|_PROXY/.test(error.message)) throw error;
    const { fail } = findingsOf('environment');
    return [fail('options', 'options', inFlags(error.message), inFlags(error.hint))];
  }
}

function projectFindings(project: Project): Finding[] {
  const inspectors = [
    dependencyFindings,
    nextFindings,
    nestFindings,
    jestFindings,
    bundlerFindings,
    workerFindings,
  ];
  return inspectors.flatMap((inspect) => inspect(project));
}

/** An unreachable server alone is no mistake of this machine's. */
function statusOf(findings: readonly Finding[], connection: WorkosConnectionReport | null): Status {
  const failed = findings.filter(({ level }) => level === 'fail');
  if (failed.length === 0) return STATUS.good;
  const isAlone = failed.every(({ id }) => id === 'keys');
  return isAlone && connection !== null ? connectionStatus(connection) : STATUS.failed;
}
