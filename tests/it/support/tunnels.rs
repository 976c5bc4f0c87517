//! A proxy that opens tunnels, by `CONNECT` or as SOCKS 5, whatever the host is, to the same port of this machine.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use super::{Received, answers, parse_head};

/// A proxy on a free port of the loopback interface. It runs as long as the process.
pub struct Tunnels {
    address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Tunnels {
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().unwrap();
        let received = Arc::<Mutex<Vec<Received>>>::default();
        let shared = Arc::clone(&received);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let received = Arc::clone(&shared);
                // A client that goes away is no failure of the proxy.
                thread::spawn(move || drop(serve(stream, &received)));
            }
        });
        Self { address, received }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many requests came.
    pub fn request_count(&self) -> usize {
        self.received.lock().unwrap().len()
    }

    /// The requests that came behind the first few, in order. SOCKS has the method `SOCKS5`, and user and password as a header `login`.
    pub fn requests_from(&self, first: usize) -> Vec<Received> {
        self.received.lock().unwrap()[first..].to_vec()
    }
}

fn serve(mut stream: TcpStream, received: &Mutex<Vec<Received>>) -> io::Result<()> {
    let mut first = [0];
    stream.read_exact(&mut first)?;
    let request = if first[0] == 5 {
        read_socks(&mut stream)?
    } else {
        read_connect(&mut stream, first[0])?
    };
    received.lock().unwrap().push(request.clone());
    let (host, port) = request.target.rsplit_once(':').unwrap_or(("", "0"));
    if request.method == "SOCKS5" {
        stream.write_all(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")?;
    } else if let Some(status) = host.strip_suffix(".invalid") {
        answers::respond(&mut stream, status.parse().unwrap(), &[], b"")?;
        return stream.shutdown(Shutdown::Both);
    } else {
        stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n")?;
    }
    let server = TcpStream::connect((Ipv4Addr::LOCALHOST, port.parse().unwrap_or_default()))?;
    splice(stream, server)
}

/// The head of a request for a tunnel. Nothing follows it before the response.
fn read_connect(stream: &mut TcpStream, first: u8) -> io::Result<Received> {
    let mut head = vec![first];
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(parse_head(&String::from_utf8_lossy(&head)))
}

/// The greeting and the request of a client of SOCKS 5 (RFC 1928, RFC 1929), behind the version.
fn read_socks(stream: &mut TcpStream) -> io::Result<Received> {
    let methods = read_field(stream)?;
    let mut headers = Vec::new();
    if methods.contains(&2) {
        stream.write_all(b"\x05\x02")?;
        stream.read_exact(&mut [0])?;
        let (user, password) = (read_field(stream)?, read_field(stream)?);
        let login = [user, password].map(|field| String::from_utf8_lossy(&field).into_owned());
        headers.push(("login".to_owned(), login.join(":")));
        stream.write_all(b"\x01\x00")?;
    } else {
        stream.write_all(b"\x05\x00")?;
    }
    let mut request = [0; 4];
    stream.read_exact(&mut request)?;
    let host = if request[3] == 3 {
        String::from_utf8_lossy(&read_field(stream)?).into_owned()
    } else {
        let mut address = [0; 4];
        stream.read_exact(&mut address)?;
        Ipv4Addr::from(address).to_string()
    };
    let mut port = [0; 2];
    stream.read_exact(&mut port)?;
    Ok(Received {
        method: "SOCKS5".to_owned(),
        target: format!("{host}:{}", u16::from_be_bytes(port)),
        headers,
        ..Received::default()
    })
}

/// Bytes with their length in front.
fn read_field(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut length = [0];
    stream.read_exact(&mut length)?;
    let mut field = vec![0; length[0].into()];
    stream.read_exact(&mut field)?;
    Ok(field)
}

/// Passes bytes on in both directions until each has ended.
fn splice(client: TcpStream, server: TcpStream) -> io::Result<()> {
    let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
    let sending = thread::spawn(move || {
        let _ = io::copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(Shutdown::Write);
    });
    let (mut from_server, mut to_client) = (server, client);
    let _ = io::copy(&mut from_server, &mut to_client);
    let _ = to_client.shutdown(Shutdown::Both);
    let _ = sending.join();
    Ok(())
}
