import type { Scheduler } from "@trellis/base";
import { clientErrors } from "../errors.ts";
import { type Answer, gatherAnswers } from "./gatherAnswers.ts";

export interface NamedNode {
  readonly name: string;
}

export interface Dissent {
  readonly node: string;
  readonly question: string;
  readonly answer?: string;
  readonly failure?: string;
}

export interface Agreement<T> {
  readonly value: T;
  readonly dissent: readonly Dissent[];
}

/** @throws QUORUM_INVALID without a majority of distinct nodes */
export function checkQuorum(views: readonly NamedNode[], quorum: number): void {
  const names = new Set(views.map(({ name }) => name));
  const isMajority = Number.isSafeInteger(quorum) && quorum > views.length / 2 && quorum <= views.length;
  if (!isMajority || names.size < views.length)
    throw clientErrors.QUORUM_INVALID({ quorum, nodes: views.length, names: names.size });
}

/** Waits for all nodes, to report all that dissent. Compares printed answers. @throws QUORUM_NOT_REACHED */
export async function agree<View extends NamedNode, T>(
  views: readonly View[],
  quorum: number,
  question: string,
  ask: (view: View) => Promise<T>,
  print: (answer: T) => string,
): Promise<Agreement<T>> {
  const answers = await gatherAnswers(views, printed(ask, print), { isEnough: () => false });
  return agreementOf(answers, quorum, question);
}

export async function agreedValue<View extends NamedNode, T>(
  views: readonly View[],
  quorum: number,
  question: string,
  ask: (view: View) => Promise<T>,
  print: (answer: T) => string,
): Promise<T> {
  const isEnough = (values: readonly Printed<T>[]) => reachedGroup(values, quorum) !== undefined;
  const answers = await gatherAnswers(views, printed(ask, print), { isEnough });
  return agreementOf(answers, quorum, question).value;
}

/** Greatest number that `quorum` answers reach. Waits briefly for slow nodes. @throws QUORUM_NOT_REACHED */
export async function agreeAtLeast<View extends NamedNode, N extends number | bigint>(
  views: readonly View[],
  quorum: number,
  question: string,
  ask: (view: View) => Promise<N>,
  scheduler: Scheduler,
): Promise<N> {
  const answers = await gatherAnswers(views, ask, {
    isEnough(values, openCount) {
      const sorted = descending(values);
      const reached = sorted[quorum - 1];
      return reached !== undefined && reached === sorted[quorum - 1 - openCount];
    },
    moment: { scheduler, isDue: (values) => values.length >= quorum },
  });
  const values = answers.flatMap((answer) => ("value" in answer ? [answer.value] : []));
  const reached = descending(values)[quorum - 1];
  if (reached !== undefined) return reached;
  const failures = answers.flatMap((answer) =>
    "error" in answer ? [printDissent({ node: answer.view.name, question, failure: reasonOf(answer) })] : [],
  );
  throw clientErrors.QUORUM_NOT_REACHED({
    reason: "too few answers",
    question,
    quorum,
    answered: values.length,
    answers: failures.join("; "),
  });
}

interface Printed<T> {
  readonly value: T;
  readonly text: string;
}

function printed<View, T>(ask: (view: View) => Promise<T>, print: (answer: T) => string) {
  return async (view: View): Promise<Printed<T>> => {
    const value = await ask(view);
    return { value, text: print(value) };
  };
}

function agreementOf<View extends NamedNode, T>(
  answers: readonly Answer<View, Printed<T>>[],
  quorum: number,
  question: string,
): Agreement<T> {
  const values = answers.flatMap((answer) => ("value" in answer ? [answer.value] : []));
  const agreed = reachedGroup(values, quorum);
  const dissent = answers.flatMap((answer): Dissent[] => {
    const node = answer.view.name;
    if ("error" in answer) return [{ node, question, failure: reasonOf(answer) }];
    const { text } = answer.value;
    return text === agreed?.text ? [] : [{ node, question, answer: text }];
  });
  if (agreed !== undefined) return { value: agreed.value, dissent };
  const answered = values.length;
  throw clientErrors.QUORUM_NOT_REACHED({
    reason: answered < quorum ? "too few answers" : "answers differ",
    question,
    quorum,
    answered,
    answers: dissent.map(printDissent).join("; "),
  });
}

function reachedGroup<T>(values: readonly Printed<T>[], quorum: number): Printed<T> | undefined {
  const counts = new Map<string, number>();
  for (const { text } of values) counts.set(text, (counts.get(text) ?? 0) + 1);
  return values.find(({ text }) => (counts.get(text) ?? 0) >= quorum);
}

function descending<N extends number | bigint>(values: readonly N[]): readonly N[] {
  return values.toSorted((a, b) => (a < b ? 1 : a > b ? -1 : 0));
}

function reasonOf({ error }: { readonly error: unknown }): string {
  return error instanceof Error ? error.message : String(error);
}

function printDissent({ node, answer, failure }: Dissent): string {
  return `${node}: ${answer ?? `no answer (${failure?.slice(0, 100)})`}`;
}
