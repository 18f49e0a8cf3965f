for (const name of ['wasi:filesystem/preopens', '/etc/passwd', '../../etc/passwd', 'file:///etc/passwd']) {
    await import(name).then(() => console.log('open'), () => console.log('closed'));
}
