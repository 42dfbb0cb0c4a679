// @ts-nocheck: written without types.
// Processes of a run, which tell by messages of one member, named for what it is.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * @param {string} file in this folder
 * @param {{ execArgv?: string[], handlers?: Record<string, (value: any) => void> }} given
 */
export function startProcess(file, { execArgv = [], handlers = {} } = {}) {
  // Notices of refusals on stderr are for those who develop.
  const env = { ...process.env, NODE_ENV: 'production' };
  const program = fileURLToPath(new URL(file, import.meta.url));
  const child = fork(program, { execArgv, env, serialization: 'advanced' });
  child.on('message', (message) => {
    for (const [name, value] of Object.entries(message)) handlers[name]?.(value);
  });
  return {
    send: (message) => child.send(message),
    /** The next message of that name. */
    ask: (question, name) => answerOf(child, file, question, name),
    end: () => child.kill('SIGKILL'),
  };
}

/** For the child. Its parent may have gone. */
export function tellParent(message) {
  process.send?.(message, () => {});
}

function answerOf(child, file, question, name) {
  return new Promise((resolve, reject) => {
    const onExit = (code) => reject(new Error(`${file} ended with ${code}`));
    const onMessage = (message) => {
      if (!(name in message)) return;
      child.off('exit', onExit).off('message', onMessage);
      resolve(message[name]);
    };
    child.on('exit', onExit).on('message', onMessage);
    child.send(question);
  });
}
