import { secretsErrors } from "@trellis/platform/secrets";
import type { ProcessIo } from "@trellis/platform/service";

export interface CapturedIo {
  stdout: string;
  stderr: string;
  /** Answers to prompts, in order. A prompt without an answer is cancelled. */
  answers: string[];
}

export function captureIo(): { readonly io: ProcessIo; readonly captured: CapturedIo } {
  const captured: CapturedIo = { stdout: "", stderr: "", answers: [] };
  const output = (name: "stdout" | "stderr") => ({
    write: (text: string) => {
      captured[name] += text;
    },
    isTerminal: false,
  });
  const io: ProcessIo = {
    stdout: output("stdout"),
    stderr: output("stderr"),
    environment: process.env,
    askSecret: async (question) => {
      const answer = captured.answers.shift();
      if (answer === undefined)
        throw secretsErrors.SECRET_UNREADABLE({ reason: "prompt cancelled", question });
      return answer;
    },
  };
  return { io, captured };
}
