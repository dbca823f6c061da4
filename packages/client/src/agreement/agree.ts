import type { Scheduler } from "@trellis/base";
import { clientErrors } from "../errors.ts";
import { type Answer, gatherAnswers } from "./gatherAnswers.ts";

/** A node, of whatever chain. */
export interface NamedNode {
  readonly name: string;
}

/** A node that did not say what the others said. */
export interface Dissent {
  readonly node: string;
  readonly question: string;
  /** Its answer; absent when it gave none. */
  readonly answer?: string;
  /** Why it gave none. */
  readonly failure?: string;
}

export interface Agreement<T> {
  readonly value: T;
  readonly dissent: readonly Dissent[];
}

/** @throws QUORUM_INVALID where two different answers could both reach it */
export function checkQuorum(views: readonly NamedNode[], quorum: number): void {
  const names = new Set(views.map(({ name }) => name));
  const isMajority = Number.isSafeInteger(quorum) && quorum > views.length / 2 && quorum <= views.length;
  if (!isMajority || names.size < views.length)
    throw clientErrors.QUORUM_INVALID({ quorum, nodes: views.length, names: names.size });
}

/**
 * Asks every node and takes the answer that at least `quorum` of them give. Waits for all, so that the dissent is whole.
 * @param print an answer's one text, by which answers are compared
 * @throws NODES_TOO_FEW, NODES_DISAGREE: both name the nodes
 */
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

/** The same answer as soon as `quorum` of them gave it, so that a node that hangs holds up nobody. @throws as `agree` */
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

/**
 * The greatest number that at least `quorum` nodes reach: one node alone can neither raise it nor, where more than the
 * quorum answer, lower it. Nodes that could still raise it have a moment after the quorum answered.
 * @throws NODES_TOO_FEW
 */
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
      // The same if all that are missing were greater.
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
  throw clientErrors.NODES_TOO_FEW({
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
  const facts = { question, quorum, answered, answers: dissent.map(printDissent).join("; ") };
  throw answered < quorum ? clientErrors.NODES_TOO_FEW(facts) : clientErrors.NODES_DISAGREE(facts);
}

/** The first of those answers that at least `quorum` nodes gave. */
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
