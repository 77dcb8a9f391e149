/** The entries of an earlier version become a new one. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RestoreManagedPrefixListVersion.html */
import { required } from '../../shared/input.ts';
import { ec2Action } from '../action.ts';
import { nextVersion, refuseOtherState } from './change.ts';
import { refuseOverMax } from './entries.ts';
import { findOwnList } from './find.ts';
import { findVersion } from './find-version.ts';
import { viewList } from './view.ts';

export const restoreManagedPrefixListVersion = ec2Action<'RestoreManagedPrefixListVersion'>(
  { PrefixListId: true, PreviousVersion: true, CurrentVersion: true },
  (input, context) => {
    const found = findOwnList(context, required(input.PrefixListId, 'prefixListId'));
    const previous = required(input.PreviousVersion, 'previousVersion');
    refuseOtherState(context, found, required(input.CurrentVersion, 'currentVersion'));
    const { entries } = findVersion(context, found, previous);
    refuseOverMax(entries, found.maxEntries);
    const { list, edits } = nextVersion(context, found, 'restore', entries);
    return { edits, output: { PrefixList: viewList(list, context) } };
  },
);
