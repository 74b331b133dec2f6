//! What tests stand on: servers that answer as told, real ones in a jail, and somebody to click and type.

#![allow(dead_code)] // Each program of tests uses a part of this.

pub mod api;
pub mod certificate;
pub mod command_line;
pub mod configuration;
pub mod daemon;
pub mod demo;
pub mod desk;
pub mod desk_changed;
pub mod desk_more;
pub mod dkim_verifiers;
pub mod door;
pub mod dovecot;
pub mod edition;
pub mod engine;
pub mod exim;
pub mod feed_server;
pub mod griot;
pub mod hook_server;
pub mod jail;
pub mod keys;
pub mod lint;
pub mod lmtp_client;
pub mod mail;
pub mod monitor;
pub mod newsroom;
pub mod nsd;
pub mod opensmtpd;
pub mod pages;
pub mod port;
pub mod postfix;
pub mod publisher;
pub mod real_relay;
pub mod receiver;
pub mod relay;
pub mod rows;
pub mod sample;
pub mod scripted_smtp;
pub mod site;
pub mod tls_front;
pub mod truth;
pub mod truthful_smtp;
pub mod variants;
pub mod wait;
