// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MarketPair} from "./MarketPair.sol";

/// @title Creates one pair for any two tokens, all with the same fee
/// @notice As in Uniswap v2, a pair's address follows from the factory, the two tokens and the creation code.
contract MarketFactory {
    uint256 private constant BASIS_POINTS = 10_000;

    uint256 public immutable feeBasisPoints;
    mapping(address tokenA => mapping(address tokenB => address pair)) public getPair;
    address[] public allPairs;
    /// Set while a pair is created.
    address private transient token0;
    address private transient token1;

    event PairCreated(address indexed token0, address indexed token1, address pair, uint256 count);

    error FeeInvalid();
    error TokensInvalid();
    error PairExists();

    constructor(uint256 feeBasisPoints_) {
        require(feeBasisPoints_ < BASIS_POINTS, FeeInvalid());
        feeBasisPoints = feeBasisPoints_;
    }

    /// @notice Read by a new pair's constructor, so that all pairs have the same creation code.
    function parameters() external view returns (address, address, uint256) {
        return (token0, token1, feeBasisPoints);
    }

    function allPairsLength() external view returns (uint256) {
        return allPairs.length;
    }

    function createPair(address tokenA, address tokenB) external returns (address pair) {
        (token0, token1) = tokenA < tokenB ? (tokenA, tokenB) : (tokenB, tokenA);
        require(token0 != address(0) && token0 != token1, TokensInvalid());
        require(getPair[token0][token1] == address(0), PairExists());
        pair = address(new MarketPair{salt: keccak256(abi.encodePacked(token0, token1))}());
        getPair[token0][token1] = pair;
        getPair[token1][token0] = pair;
        allPairs.push(pair);
        emit PairCreated(token0, token1, pair, allPairs.length);
    }
}
