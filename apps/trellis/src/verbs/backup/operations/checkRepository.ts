import {
  backupErrors,
  confirmProblems,
  type Repository,
  type VerifyReport,
  verifyRepository,
} from "@trellis/backup";
import { openRepository, type RepositoryAccess } from "../RepositoryAccess.ts";

/** Reads and checks everything, while other runs may write. */
export async function checkRepository(
  access: RepositoryAccess,
  repository: Repository,
): Promise<VerifyReport> {
  const { store } = access;
  const report = await verifyRepository({ store, repository });
  if (report.problems.length === 0) return report;
  const reopened = await openRepository(access);
  return { ...report, problems: await confirmProblems(report.problems, { store, reopened }) };
}

/** @throws REPOSITORY_DAMAGED */
export function refuseDamage({ problems: [first] }: Pick<VerifyReport, "problems">): void {
  if (first === undefined) return;
  throw backupErrors.REPOSITORY_DAMAGED({ object: first.object, reason: first.reason });
}
