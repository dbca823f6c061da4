// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Arrays} from "@openzeppelin/contracts/utils/Arrays.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {ParameterIds} from "./Parameters.sol";
import {StakePools} from "./StakePools.sol";
import {BLS_POSSESSION, SYSTEM} from "./SystemAddresses.sol";

/// @title Validators, epochs, rewards and penalties
/// @notice The protocol calls `recordCertificate`, `slashEquivocation` and `endEpoch` as SYSTEM. Anyone may call all
/// other functions; there is no administrator. No loop is longer than the list of candidates. docs/spec/staking.md.
contract Staking is StakePools {
    using Checkpoints for Checkpoints.Trace208;

    struct GenesisValidator {
        address validator;
        bytes key;
        bytes proof;
        uint256 tokens;
        uint16 commission;
    }

    struct Member {
        address validator;
        uint96 power;
    }

    /// @dev Compressed point of G1: its first 32 bytes, then its last 16.
    struct MemberKey {
        bytes32 head;
        bytes16 tail;
    }

    /// @dev Nodes read this storage: src/staking/layout.ts.
    struct EpochSet {
        /// Power in the bits above 160 bits of address, in the order of the certificates' bitmaps.
        uint256[] members;
        uint128 totalPower;
        uint32 certificates;
        /// Number of certificates that each member signed: eight counters of 32 bits per word.
        mapping(uint256 word => uint256) signed;
        /// Keys that sign in this epoch, in the order of the members. A replacement does not change them.
        MemberKey[] keys;
    }

    struct ValidatorView {
        bytes key;
        uint256 commission;
        uint256 nextCommission;
        uint256 commissionEpoch;
        bool isCandidate;
        bool isJailed;
        bool isTombstoned;
        uint256 jailedUntil;
    }

    /// @notice More validators may register.
    uint256 public constant CANDIDATES_MAX = 256;
    /// @notice Largest commission change, in 1/10,000.
    uint256 public constant COMMISSION_STEP_MAX = 500;
    /// @notice Epochs until an announced commission takes effect, in which delegators can leave.
    uint256 public constant COMMISSION_DELAY = 2;
    /// @notice Epochs for which sets are kept, to accept evidence: the longest unbonding period and a margin.
    uint256 public constant SETS_KEPT = 66;
    /// @notice With fewer certificates, missing signatures prove nothing.
    uint256 public constant CERTIFICATES_JUDGED_MIN = 8;

    uint256 private constant KEY_BYTES = 48;

    /// @notice Smaller sets, by members or by stake in wei, do not take over finality from depth.
    uint256 public immutable handoverMembersMin;
    uint256 public immutable handoverStakeMin;

    mapping(uint256 epoch => EpochSet) internal sets;
    /// @dev Members already counted for the last height.
    uint256 private certifiedSigners;
    /// @dev Entries are permanent.
    mapping(bytes32 keyHash => bool) private isKeyTaken;

    event ValidatorRegistered(address indexed validator, bytes key, bytes proof, uint256 commission);
    event KeyReplaced(address indexed validator, bytes key, bytes proof, uint256 effectiveEpoch);
    event CommissionAnnounced(address indexed validator, uint256 from, uint256 to, uint256 effectiveEpoch);
    event CandidateEntered(address indexed validator);
    event CandidateLeft(address indexed validator);
    event Jailed(address indexed validator, uint256 untilEpoch, uint256 signed, uint256 certificates);
    event Unjailed(address indexed validator);
    event Tombstoned(address indexed validator, uint256 infractionEpoch);
    event HandedOver(uint256 indexed setEpoch, uint256 height);
    event CertificateRecorded(uint256 indexed setEpoch, uint256 indexed height, uint256 counted);
    event EpochEnded(uint256 indexed epoch, uint256 issued, uint256 paid, uint256 slashed);
    event ActiveSetChosen(uint256 indexed epoch, uint256 members, uint256 totalPower);

    error NotSystem(address caller);
    error ValidatorRegisteredAlready(address validator);
    error KeyNotProven(address validator);
    error KeyTaken(bytes key);
    error CommissionTooHigh(uint256 got, uint256 max);
    error CommissionStepTooGreat(uint256 from, uint256 to, uint256 max);
    error SelfStakeTooLow(uint256 got, uint256 min);
    error AlreadyCandidate(address validator);
    error CandidatesFull(uint256 got, uint256 moreThan);
    error ValidatorJailed(address validator, uint256 untilEpoch);
    error NotJailed(address validator);
    error SetEpochUnknown(uint256 setEpoch, uint256 epoch);
    error CertificateNotNew(uint256 height, uint256 last);
    error NobodyToHandOverTo(uint256 epoch);
    error BitmapTooLong(uint256 bitmap, uint256 members);
    error EpochNotOver(uint256 number, uint256 endsAt);
    error EpochNotCertified(uint256 epoch);
    error IssuanceWrong(uint256 got, uint256 expected);
    error EvidenceEpochInvalid(uint256 infractionEpoch, uint256 epoch);
    error GenesisStakeWrong(uint256 got, uint256 expected);

    modifier onlySystem() {
        if (msg.sender != SYSTEM) revert NotSystem(msg.sender);
        _;
    }

    /// @dev Runs at genesis, with the stake as value.
    constructor(GenesisValidator[] memory genesis, uint256 membersMin, uint256 stakeMin) payable {
        (handoverMembersMin, handoverStakeMin) = (membersMin, stakeMin);
        uint256 sum = 0;
        for (uint256 i = 0; i < genesis.length; ++i) {
            GenesisValidator memory v = genesis[i];
            sum += v.tokens;
            _register(v.validator, v.key, v.proof, v.commission, v.tokens);
        }
        if (sum != msg.value) revert GenesisStakeWrong(msg.value, sum);
        _chooseSet(0);
        // The genesis block defines its validators, so nothing needs to be final before they sign.
        isHandedOver = sets[0].members.length != 0;
    }

    /// @notice The sent coins are the validator's own stake. The key must be unused.
    /// @param proof the key's signature, as specified in STAKE-2
    function register(
        bytes calldata key,
        bytes calldata proof,
        uint16 commission
    ) external payable nonReentrant {
        _register(msg.sender, key, proof, commission, msg.value);
    }

    /// @notice Applies from the next epoch on; existing sets keep the old key. The key must be unused.
    /// @param proof as in `register`
    function replaceKey(bytes calldata key, bytes calldata proof) external {
        Validator storage v = _known(msg.sender);
        if (v.isTombstoned) revert ValidatorTombstoned(msg.sender);
        _setKey(msg.sender, v, key, proof);
        emit KeyReplaced(msg.sender, key, proof, epoch + 1);
    }

    function setCommission(uint16 commission) external {
        Validator storage v = _known(msg.sender);
        uint256 current = _commission(v);
        if (commission > BASIS_POINTS) revert CommissionTooHigh(commission, BASIS_POINTS);
        uint256 step = commission > current ? commission - current : current - commission;
        if (step > COMMISSION_STEP_MAX) revert CommissionStepTooGreat(current, commission, COMMISSION_STEP_MAX);
        v.commission = uint16(current);
        v.nextCommission = commission;
        v.commissionEpoch = uint32(epoch + COMMISSION_DELAY);
        emit CommissionAnnounced(msg.sender, current, commission, v.commissionEpoch);
    }

    /// @notice Makes the caller a candidate again.
    function unjail() external {
        Validator storage v = _known(msg.sender);
        if (!v.isJailed) revert NotJailed(msg.sender);
        if (epoch < v.jailedUntil) revert ValidatorJailed(msg.sender, v.jailedUntil);
        v.isJailed = false;
        emit Unjailed(msg.sender);
        _stand(msg.sender, v);
    }

    /// @notice Makes a validator a candidate again that was displaced or had removed its own stake.
    function stand() external {
        Validator storage v = _known(msg.sender);
        if (v.isJailed) revert ValidatorJailed(msg.sender, v.jailedUntil);
        _stand(msg.sender, v);
    }

    /// @notice Further certificates of the same height add signers until the next height, so that slow or omitted
    /// members are credited.
    /// @param setEpoch epoch whose set signed: this one or the previous one
    /// @param bitmap bit i for member i
    function recordCertificate(uint256 setEpoch, uint64 height, uint256 bitmap) external onlySystem {
        if (setEpoch > epoch || setEpoch + 1 < epoch) revert SetEpochUnknown(setEpoch, epoch);
        EpochSet storage set = sets[setEpoch];
        uint256 members = set.members.length;
        if (members < 256 && bitmap >> members != 0) revert BitmapTooLong(bitmap, members);
        if (!isHandedOver) _handOver(setEpoch, height);
        if (height > certifiedHeight) {
            (certifiedHeight, certifiedSetEpoch, certifiedSigners) = (height, uint32(setEpoch), bitmap);
            ++set.certificates;
        } else {
            bool isSame = height == certifiedHeight && height != 0 && setEpoch == certifiedSetEpoch;
            bitmap &= ~certifiedSigners;
            if (!isSame || bitmap == 0) revert CertificateNotNew(height, certifiedHeight);
            certifiedSigners |= bitmap;
        }
        for (uint256 word = 0; word * 8 < members; ++word) {
            uint256 bits = (bitmap >> (word * 8)) & 0xff;
            if (bits != 0) set.signed[word] += _spread(bits);
        }
        emit CertificateRecorded(setEpoch, height, bitmap);
    }

    /// @notice Punishes a validator permanently for signing two values in one step.
    function slashEquivocation(address validator, uint256 infractionEpoch) external onlySystem {
        Validator storage v = _known(validator);
        if (v.isTombstoned) revert ValidatorTombstoned(validator);
        // Stake of earlier epochs may have been withdrawn.
        if (infractionEpoch > epoch || infractionEpoch + _parameter(ParameterIds.UNBONDING_EPOCHS) <= epoch) {
            revert EvidenceEpochInvalid(infractionEpoch, epoch);
        }
        v.isTombstoned = true;
        emit Tombstoned(validator, infractionEpoch);
        _leave(validator, v);
        _toTreasury(_slash(validator, _parameter(ParameterIds.EQUIVOCATION_SLASH), infractionEpoch));
    }

    /// @notice Pays the previous epoch's set, jails absent members, and chooses the next set. The value is the issuance;
    /// unearned issuance goes to the treasury.
    function endEpoch() external payable onlySystem {
        _demandEpochOver();
        uint256 issued = issuance();
        if (msg.value != issued) revert IssuanceWrong(msg.value, issued);
        (uint256 paid, uint256 slashed) = epoch == 0 ? (0, 0) : _settleSet(epoch - 1, issued);
        emit EpochEnded(epoch, issued, paid, slashed);
        ++epoch;
        epochStart = uint64(block.number);
        _chooseSet(epoch);
        if (epoch >= SETS_KEPT) _forgetSet(epoch - SETS_KEPT);
        _toTreasury(issued - paid + slashed);
    }

    /// @notice Wei that `endEpoch` requires now.
    function issuance() public view returns (uint256) {
        if (epoch == 0 || sets[epoch - 1].certificates == 0) return 0;
        return _parameter(ParameterIds.REWARDS_PER_EPOCH);
    }

    /// @notice In the order of the certificates' bitmaps; empty for an unknown epoch.
    function activeSet(uint256 setEpoch) external view returns (Member[] memory members) {
        uint256[] storage packed = sets[setEpoch].members;
        members = new Member[](packed.length);
        for (uint256 i = 0; i < members.length; ++i) {
            members[i] = Member(address(uint160(packed[i])), uint96(packed[i] >> 160));
        }
    }

    function participation(
        uint256 setEpoch
    ) external view returns (uint256 certificates, uint256[] memory signed) {
        EpochSet storage set = sets[setEpoch];
        signed = new uint256[](set.members.length);
        for (uint256 i = 0; i < signed.length; ++i) signed[i] = _signed(set, i);
        return (set.certificates, signed);
    }

    /// @notice `end` is the first block that can end the epoch.
    function epochBounds() external view returns (uint256 start, uint256 end, bool isAwaitingCertificate) {
        return (epochStart, epochStart + _parameter(ParameterIds.EPOCH_LENGTH), _isAwaitingCertificate());
    }

    function lastCertifiedHeight() external view returns (uint256) {
        return certifiedHeight;
    }

    function candidateList() external view returns (address[] memory) {
        return candidates;
    }

    function validatorOf(address validator) external view returns (ValidatorView memory) {
        Validator storage v = _known(validator);
        return
            ValidatorView({
                key: abi.encodePacked(v.keyHead, v.keyTail),
                commission: _commission(v),
                nextCommission: v.nextCommission,
                commissionEpoch: v.commissionEpoch,
                isCandidate: v.candidate != 0,
                isJailed: v.isJailed,
                isTombstoned: v.isTombstoned,
                jailedUntil: v.jailedUntil
            });
    }

    function _register(
        address validator,
        bytes memory key,
        bytes memory proof,
        uint16 commission,
        uint256 tokens
    ) private {
        Validator storage v = validators[validator];
        if (v.keyHead != 0) revert ValidatorRegisteredAlready(validator);
        _setKey(validator, v, key, proof);
        if (commission > BASIS_POINTS) revert CommissionTooHigh(commission, BASIS_POINTS);
        (v.commission, v.nextCommission) = (commission, commission);
        emit ValidatorRegistered(validator, key, proof, commission);
        _deposit(validator, validator, tokens);
        _stand(validator, v);
    }

    function _setKey(address validator, Validator storage v, bytes memory key, bytes memory proof) private {
        if (!_isProven(key, proof, validator)) revert KeyNotProven(validator);
        bytes32 keyHash = keccak256(key);
        if (isKeyTaken[keyHash]) revert KeyTaken(key);
        isKeyTaken[keyHash] = true;
        (v.keyHead, v.keyTail) = (_word(key, 0), bytes16(_word(key, 32)));
    }

    /// @dev The list is limited: if full, the weakest candidate is replaced by a stronger one.
    function _stand(address validator, Validator storage v) private {
        if (v.isTombstoned) revert ValidatorTombstoned(validator);
        if (v.candidate != 0) revert AlreadyCandidate(validator);
        uint256 own = stakeOf(validator, validator);
        uint256 min = _parameter(ParameterIds.SELF_STAKE_MIN);
        if (own < min) revert SelfStakeTooLow(own, min);
        if (candidates.length == CANDIDATES_MAX) _displaceWeakest(_tokens(validator));
        candidates.push(validator);
        v.candidate = uint16(candidates.length);
        emit CandidateEntered(validator);
    }

    function _displaceWeakest(uint256 tokens) private {
        address weakest = candidates[0];
        uint256 least = _tokens(weakest);
        for (uint256 i = 1; i < candidates.length; ++i) {
            uint256 theirs = _tokens(candidates[i]);
            if (theirs < least) (weakest, least) = (candidates[i], theirs);
        }
        if (tokens <= least) revert CandidatesFull(tokens, least);
        _leave(weakest, validators[weakest]);
    }

    function _leave(address validator, Validator storage v) private {
        uint256 place = v.candidate;
        if (place == 0) return;
        address last = candidates[candidates.length - 1];
        candidates[place - 1] = last;
        validators[last].candidate = uint16(place);
        candidates.pop();
        v.candidate = 0;
        emit CandidateLeft(validator);
    }

    /// @dev A validator that unbonds its own stake below the minimum leaves with the next set.
    function _afterUnbond(address validator, Validator storage v) internal override {
        if (msg.sender != validator || v.candidate == 0) return;
        if (stakeOf(validator, validator) < _parameter(ParameterIds.SELF_STAKE_MIN)) _leave(validator, v);
    }

    function _demandEpochOver() private view {
        uint256 end = epochStart + _parameter(ParameterIds.EPOCH_LENGTH);
        if (block.number < end) revert EpochNotOver(block.number, end);
        if (_isAwaitingCertificate()) revert EpochNotCertified(epoch);
    }

    /// @dev After the handover, an epoch ends only after a certificate of its set, so at most two sets vote at a time,
    /// and unbonding ends in final blocks. Before the handover, a set that never certifies is replaced.
    function _isAwaitingCertificate() private view returns (bool) {
        return isHandedOver && sets[epoch].certificates == 0;
    }

    /// @dev Requires a current set, because every later epoch then has one too.
    function _handOver(uint256 setEpoch, uint256 height) private {
        if (sets[epoch].members.length == 0) revert NobodyToHandOverTo(epoch);
        isHandedOver = true;
        emit HandedOver(setEpoch, height);
    }

    /// @dev Each certificate is worth an equal part of `issued`, divided by power among all members. Members that did
    /// not sign forfeit theirs.
    function _settleSet(uint256 setEpoch, uint256 issued) private returns (uint256 paid, uint256 slashed) {
        EpochSet storage set = sets[setEpoch];
        if (set.certificates == 0) return (0, 0);
        uint256 whole = set.certificates * uint256(set.totalPower);
        for (uint256 i = 0; i < set.members.length; ++i) {
            uint256 member = set.members[i];
            uint256 signed = _signed(set, i);
            paid += _reward(address(uint160(member)), (issued * (member >> 160) * signed) / whole);
            if (_isAbsent(signed, set.certificates)) {
                slashed += _jail(address(uint160(member)), setEpoch, signed, set.certificates);
            }
        }
    }

    function _isAbsent(uint256 signed, uint256 certificates) private view returns (bool) {
        if (certificates < CERTIFICATES_JUDGED_MIN) return false;
        return signed * BASIS_POINTS < certificates * _parameter(ParameterIds.PARTICIPATION_MIN);
    }

    function _jail(
        address validator,
        uint256 setEpoch,
        uint256 signed,
        uint256 certificates
    ) private returns (uint256) {
        Validator storage v = validators[validator];
        if (v.isJailed || v.isTombstoned) return 0;
        v.isJailed = true;
        v.jailedUntil = uint32(epoch + 1 + _parameter(ParameterIds.JAIL_EPOCHS));
        emit Jailed(validator, v.jailedUntil, signed, certificates);
        _leave(validator, v);
        return _slash(validator, _parameter(ParameterIds.DOWNTIME_SLASH), setEpoch);
    }

    /// @dev Chooses the candidates with the most tokens; ties go to the lower address. Before the handover, a set that
    /// is too small stays empty. Afterwards, any set is used; without candidates, the last set is reused, because
    /// otherwise nothing could become final.
    function _chooseSet(uint256 newEpoch) private {
        EpochSet storage set = sets[newEpoch];
        (uint256[] memory members, uint256 totalPower) = _greatest(_parameter(ParameterIds.ACTIVE_SET_SIZE));
        if (!isHandedOver && (members.length < handoverMembersMin || totalPower < handoverStakeMin)) {
            (members, totalPower) = (new uint256[](0), 0);
        }
        if (isHandedOver && members.length == 0) {
            (members, totalPower) = (sets[newEpoch - 1].members, sets[newEpoch - 1].totalPower);
        }
        set.members = members;
        set.totalPower = uint128(totalPower);
        for (uint256 i = 0; i < members.length; ++i) {
            Validator storage v = validators[address(uint160(members[i]))];
            set.keys.push(MemberKey(v.keyHead, v.keyTail));
        }
        emit ActiveSetChosen(newEpoch, members.length, totalPower);
    }

    /// @return members candidates with stake, packed as in EpochSet
    function _greatest(uint256 sizeMax) private view returns (uint256[] memory members, uint256 totalPower) {
        uint256 count = candidates.length;
        uint256[] memory ranked = new uint256[](count);
        uint256 size = 0;
        for (uint256 i = 0; i < count; ++i) {
            uint256 tokens = _tokens(candidates[i]);
            if (tokens != 0) ++size;
            ranked[i] = (tokens << 160) | (type(uint160).max - uint160(candidates[i]));
        }
        Arrays.sort(ranked);
        members = new uint256[](size < sizeMax ? size : sizeMax);
        for (uint256 i = 0; i < members.length; ++i) {
            uint256 rank = ranked[count - 1 - i];
            members[i] = ((rank >> 160) << 160) | (type(uint160).max - uint160(rank));
            totalPower += rank >> 160;
        }
    }

    function _forgetSet(uint256 oldEpoch) private {
        EpochSet storage set = sets[oldEpoch];
        for (uint256 word = 0; word * 8 < set.members.length; ++word) delete set.signed[word];
        delete sets[oldEpoch];
    }

    function _tokens(address validator) private view returns (uint256 tokens) {
        (tokens, ) = _unpack(validators[validator].pool.latest());
    }

    function _signed(EpochSet storage set, uint256 member) private view returns (uint256) {
        return uint32(set.signed[member / 8] >> ((member % 8) * 32));
    }

    /// @dev Adds bit i of eight to counter i of a word.
    function _spread(uint256 bits) internal pure returns (uint256 word) {
        for (uint256 i = 0; i < 8; ++i) word |= ((bits >> i) & 1) << (i * 32);
    }

    function _isProven(bytes memory key, bytes memory proof, address validator) private view returns (bool) {
        if (key.length != KEY_BYTES) return false;
        (bool success, bytes memory answer) = BLS_POSSESSION.staticcall(abi.encodePacked(key, proof, validator));
        return success && abi.decode(answer, (bool));
    }

    function _word(bytes memory data, uint256 offset) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := mload(add(add(data, 32), offset))
        }
    }
}
