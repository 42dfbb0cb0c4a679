// What an editor shows, asked of TypeScript's language service. Places are written as the text around
// a `|`.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

export interface Editor {
  /** The documentation of what stands there. */
  hover(place: string): string;
  /** The documentation of one of the completions. */
  completion(place: string, name: string): string;
  completions(place: string): string[];
}

interface Info {
  documentation?: { text: string }[];
}

/** As far as it is used here: the compiler is the project's own. */
interface LanguageService {
  getQuickInfoAtPosition(file: string, position: number): Info | undefined;
  getCompletionEntryDetails(
    file: string,
    position: number,
    name: string,
    ...rest: undefined[]
  ): Info | undefined;
  getCompletionsAtPosition(
    file: string,
    position: number,
    options: undefined,
  ): { entries: { name: string }[] } | undefined;
}

export function openEditor(project: string, name: string): Editor {
  const file = path.join(project, name);
  const text = readFileSync(file, 'utf8');
  const service = languageService(project, file);
  return {
    hover: (place) => textOf(service.getQuickInfoAtPosition(file, positionOf(text, place))),
    completion: (place, name) =>
      textOf(
        service.getCompletionEntryDetails(
          file,
          positionOf(text, place),
          name,
          undefined,
          undefined,
          undefined,
          undefined,
        ),
      ),
    completions: (place) =>
      service
        .getCompletionsAtPosition(file, positionOf(text, place), undefined)
        ?.entries.map((entry) => entry.name) ?? [],
  };
}

function languageService(project: string, file: string): LanguageService {
  const typescript = createRequire(path.join(project, 'package.json'))('typescript5');
  const { options } = typescript.convertCompilerOptionsFromJson(
    { module: 'node16', target: 'es2022', lib: ['es2022'], strict: true, types: ['node'] },
    project,
  );
  return typescript.createLanguageService({
    getCompilationSettings: () => options,
    getScriptFileNames: () => [file],
    getScriptVersion: () => '1',
    getScriptSnapshot: (name: string) =>
      typescript.sys.fileExists(name)
        ? typescript.ScriptSnapshot.fromString(typescript.sys.readFile(name))
        : undefined,
    getCurrentDirectory: () => project,
    getDefaultLibFileName: typescript.getDefaultLibFilePath,
    fileExists: typescript.sys.fileExists,
    readFile: typescript.sys.readFile,
    directoryExists: typescript.sys.directoryExists,
    getDirectories: typescript.sys.getDirectories,
  });
}

function positionOf(text: string, place: string): number {
  const index = text.indexOf(place.replace('|', ''));
  if (index < 0) throw new Error(`no ${place} in the file`);
  return index + place.indexOf('|');
}

function textOf(info: Info | undefined): string {
  return (info?.documentation ?? []).map((part) => part.text).join('');
}
